// SPDX-License-Identifier: Apache-2.0

public import Foundation
import Synchronization

/// What may be left of deleted byte strings somewhere in a file, also where SQLite does not look any more: in the unused part
/// of a page that was built anew, on a free page.
///
/// Every 4 bytes in a row of a string are known, and of the file each 8th (or 16th) place is looked at: a piece of as many
/// bytes as `length` covers one of them, wherever it lies, so that one pass finds it for certain. Where 4 bytes agree, those
/// around them are compared: nothing shorter than `length` counts.
public struct RemainsSearch: Sendable {
    /// The shortest piece that is looked for, unless `init` is told otherwise.
    public static let usualLength = 12
    private static let wordsAtOnce = 1 << 16

    /// Four bytes of a string, as they lie in memory, and where they are in it.
    private struct Place {
        let word: UInt32
        let string: Int32, offset: Int32
    }

    private let strings: [[UInt8]]
    private let length: Int
    /// In words of 4 bytes.
    private let step: Int
    /// Ascending by word.
    private let places: [Place]
    /// A bit for each place that the hash of a word can name: most words of a file need no second look.
    private let filter: [UInt64]
    private let shift: UInt32

    /// - Parameters:
    ///   - strings: that look like noise; of one that is shorter than `length` nothing is found.
    ///   - length: of the pieces that are looked for; at least 12, enough to recognise one: something else has these bytes
    ///     with a probability of 2⁻⁹⁶ for each place.
    public init(of strings: [[UInt8]], pieces length: Int = usualLength) {
        self.length = max(length, Self.usualLength)
        // Among as many bytes in a row as a step and three more there are four that begin at a multiple of the step.
        step = self.length >= 16 + 3 ? 4 : 2
        var places: [Place] = []
        for (number, string) in strings.enumerated() where string.count >= self.length {
            for start in 0...string.count - 4 {
                let word = string[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                places.append(
                    Place(word: UInt32(littleEndian: word), string: Int32(number), offset: Int32(start)))
            }
        }
        places.sort { $0.word < $1.word }
        let bits = min(26, max(16, UInt64.bitWidth - (places.count * 64).leadingZeroBitCount))
        shift = UInt32(UInt32.bitWidth - bits)
        var filter = [UInt64](repeating: 0, count: 1 << (bits - 6))
        for place in places {
            let bit = Self.bit(of: place.word, shift)
            filter[bit >> 6] |= 1 << UInt64(bit & 63)
        }
        (self.strings, self.places, self.filter) = (strings, places, filter)
    }

    /// Whether any of it is in the file. Only bytes that are in the file itself are looked at: empty the write-ahead log before.
    /// - Throws: `StorageError.io`.
    public func occur(in url: URL) throws -> Bool {
        let descriptor = try LastingDescriptors.descriptor(of: url)
        var block = [UInt32](repeating: 0, count: Self.wordsAtOnce)
        var offset: off_t = 0
        while true {
            let count = pread(descriptor, &block, block.count * 4, offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw StorageError.io(file: url.lastPathComponent, code: errno) }
            // SQLite's files end at a multiple of 512 bytes.
            let words = count / 16 * 4
            if words == 0 { return false }
            var index = 0
            while let place = next(in: block.span.extracting(index..<words)) {
                index += place
                if try isPiece(block[index], at: offset + off_t(index * 4), descriptor) { return true }
                index += step
            }
            offset += off_t(words * 4)
        }
    }

    /// The first place, of those looked at, whose word may be one of ours.
    private func next(in words: Span<UInt32>) -> Int? {
        let filter = filter.span
        var index = 0
        while index < words.count {
            let bit = Self.bit(of: words[index], shift)
            if filter[bit >> 6] >> UInt64(bit & 63) & 1 == 1 { return index }
            index += step
        }
        return nil
    }

    @inline(__always)
    private static func bit(of word: UInt32, _ shift: UInt32) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B1) >> shift)
    }

    /// Whether the word at `offset` of the file lies in a piece of at least `length` bytes.
    private func isPiece(_ word: UInt32, at offset: off_t, _ descriptor: Int32) throws -> Bool {
        var candidates = range(of: word)
        if candidates.isEmpty { return false }
        let before = min(Int(offset), length)
        var around = [UInt8](repeating: 0, count: before + 4 + length)
        let count = pread(descriptor, &around, around.count, offset - off_t(before))
        guard count >= 0 else { throw StorageError.io(file: "", code: errno) }
        while let candidate = candidates.popFirst() {
            let (string, place) = (strings[Int(places[candidate].string)], Int(places[candidate].offset))
            var (left, right) = (0, 4)
            while left < min(before, place), string[place - left - 1] == around[before - left - 1] { left += 1 }
            while place + right < string.count, before + right < count, string[place + right] == around[before + right]
            {
                right += 1
            }
            if left + right >= length { return true }
        }
        return false
    }

    /// The places of a word.
    private func range(of word: UInt32) -> Range<Int> {
        var range = places.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            range = places[middle].word < word ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        var end = range.lowerBound
        while end < places.count, places[end].word == word { end += 1 }
        return range.lowerBound..<end
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
