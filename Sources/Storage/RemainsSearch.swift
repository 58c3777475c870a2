// SPDX-License-Identifier: Apache-2.0

public import Foundation
import Synchronization

/// What may be left of deleted byte strings somewhere in a file, also where SQLite does not look any more: in the unused part
/// of a page that was built anew, on a free page.
///
/// Every 8 bytes of a string are known, and of the file each 16th place is looked at, so that every piece of 23 bytes or more
/// is found, wherever it lies, in one pass; a piece that is shorter may be.
public struct RemainsSearch: Sendable {
    /// The shortest piece that is found for certain.
    static let shortestPiece = 23
    /// In words of 8 bytes.
    private static let step = 2
    private static let wordsAtOnce = 1 << 17

    /// All that 8 bytes in a row of a string can be, as they lie in memory, ascending.
    private let words: [UInt64]
    /// A bit for each place that the top bits of a word can name: most words of a file need no second look.
    private let filter: [UInt64]
    private let shift: Int

    /// - Parameter strings: of at least `shortestPiece` bytes that look like noise; shorter ones are overlooked. 8 bytes are
    ///   enough to recognise one: something else has them with a probability of 2⁻⁶⁴ for each place.
    public init(of strings: [[UInt8]]) {
        var words: [UInt64] = []
        for string in strings where string.count >= 8 {
            for start in 0...string.count - 8 {
                let word = string[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                words.append(UInt64(bigEndian: word))
            }
        }
        words.sort()
        let bits = max(16, UInt64.bitWidth - (words.count * 8).leadingZeroBitCount)
        shift = UInt64.bitWidth - bits
        var filter = [UInt64](repeating: 0, count: 1 << (bits - 6))
        for word in words {
            let place = Int(truncatingIfNeeded: word >> UInt64(shift))
            filter[place >> 6] |= 1 << UInt64(place & 63)
        }
        (self.words, self.filter) = (words, filter)
    }

    /// Whether any of it is in the file. Only bytes that are in the file itself are looked at: empty the write-ahead log before.
    /// - Throws: `StorageError.io`.
    public func occur(in url: URL) throws -> Bool {
        let descriptor = try LastingDescriptors.descriptor(of: url)
        var block = [UInt64](repeating: 0, count: Self.wordsAtOnce)
        var offset: off_t = 0
        while true {
            let count = pread(descriptor, &block, block.count * 8, offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw StorageError.io(file: url.lastPathComponent, code: errno) }
            // SQLite's files end at a multiple of 512 bytes.
            let words = count / 16 * 2
            if words == 0 { return false }
            for index in stride(from: 0, to: words, by: Self.step) where mayHold(block[index]) {
                if holds(block[index]) { return true }
            }
            offset += off_t(words * 8)
        }
    }

    private func mayHold(_ word: UInt64) -> Bool {
        let place = Int(truncatingIfNeeded: word >> UInt64(shift))
        return filter[place >> 6] >> UInt64(place & 63) & 1 == 1
    }

    private func holds(_ word: UInt64) -> Bool {
        var range = words.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if words[middle] == word { return true }
            range = words[middle] < word ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }
}

/// Descriptors of SQLite files for reading past SQLite. None is ever closed: that would let go of the locks that SQLite
/// holds on the same file in this process (fcntl(2): a close of *any* descriptor releases the process's locks), and another
/// process could take away the write-ahead log under it.
private enum LastingDescriptors {
    private struct Identity: Hashable {
        let device: UInt64, file: UInt64
    }
    /// As many as the process has opened large files: a handful.
    private static let descriptors = Mutex<[Identity: Int32]>([:])

    static func descriptor(of url: URL) throws -> Int32 {
        try descriptors.withLock { descriptors in
            var status = stat()
            guard stat(url.path, &status) == 0 else { throw failure(url) }
            let identity = Identity(device: UInt64(status.st_dev), file: UInt64(status.st_ino))
            // As long as the descriptor is open no other file gets this number.
            if let open = descriptors[identity] { return open }
            let descriptor = Foundation.open(url.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(url) }
            descriptors[identity] = descriptor
            return descriptor
        }
    }

    private static func failure(_ url: URL) -> StorageError { .io(file: url.lastPathComponent, code: errno) }
}
