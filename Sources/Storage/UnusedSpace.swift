// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The parts of a SQLite file's pages that hold nothing: between the cell pointers and the cells, and in the free blocks among the
/// cells (https://sqlite.org/fileformat2.html, section 1.6). `secure_delete` zeroes what is deleted, but a row that SQLite moved
/// from page to page leaves a copy there.
///
/// They are overwritten in place: SQLite never reads them, so that no reader and no crash can tell. What is overwritten is decided by
/// the page alone, not by whose rows were deleted. Free pages and the ends of overflow pages are zero already (`secure_delete`).
enum UnusedSpace {
    private static let wordsAtOnce = 1 << 15
    private static let zeros = [UInt8](repeating: 0, count: 1 << 16)
    /// From here on the first byte of an overflow page, the highest of a page number, could look like that of another page.
    private static let mostPages = 1 << 25

    enum Outcome: Equatable {
        /// Nothing was done: the file is not laid out as ours are.
        case foreign
        /// There is more, from this byte on.
        case more(Int)
        case done
    }

    /// Overwrites what is not zero, and synchronises the file, whether there was any or not. Nobody may write to the file meanwhile: the
    /// log is empty and the caller holds the lock of the writers. Who has pages in memory must drop them afterwards.
    /// - Parameters:
    ///   - start: At which byte to begin: 0, or what `.more` said.
    ///   - most: Bytes that are looked at, about.
    /// - Throws: `StorageError.io`.
    static func clear(_ url: URL, from start: Int = 0, atMost most: Int = .max) throws -> Outcome {
        let descriptor = try LastingDescriptors.descriptor(of: url)
        var block = [UInt64](repeating: 0, count: wordsAtOnce)
        let count = try fill(&block, from: 0, descriptor, url)
        guard count >= 512, let size = pageSize(block.span) else { return .foreign }
        let usable = size - byte(block.span, 20)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(url) }
        guard Int(status.st_size) / size < mostPages else { return .foreign }
        var offset = start
        var outcome = Outcome.done
        while true {
            let pages = try fill(&block, from: offset, descriptor, url) / size
            if pages == 0 { break }
            for page in 0..<pages where offset + page > 0 {
                let words = block.span.extracting(page * size / 8..<(page + 1) * size / 8)
                for range in remains(in: words, usable: usable) {
                    try overwrite(range, from: offset + page * size, descriptor, url)
                }
            }
            offset += pages * size
            if offset - start >= most {
                outcome = .more(offset)
                break
            }
        }
        guard fsync(descriptor) == 0 else { throw failure(url) }
        return outcome
    }

    /// What is unused and not zero of a page that is not the first. Nothing of a page that holds no rows, nor of a damaged one.
    /// - Parameters:
    ///   - page: as it lies in the file.
    ///   - usable: Its bytes without those that an extension has reserved at its end.
    static func remains(in page: Span<UInt64>, usable: Int) -> [Range<Int>] {
        let kind = byte(page, 0)
        guard kind == 2 || kind == 5 || kind == 10 || kind == 13 else { return [] }
        let (header, cells) = (kind < 10 ? 12 : 8, number(page, 3))
        let (start, end) = (header + 2 * cells, number(page, 5) == 0 ? 65_536 : number(page, 5))
        guard start <= end, end <= usable, usable <= page.count * 8 else { return [] }
        for cell in 0..<cells {
            let place = number(page, header + 2 * cell)
            guard place >= end, place < usable else { return [] }
        }
        var found: [Range<Int>] = []
        if holdsBytes(page, start..<end) { found.append(start..<end) }
        var (free, last) = (number(page, 1), end)
        while free != 0 {
            // Ascending, so that it ends.
            guard free >= last, free + 4 <= usable else { return [] }
            let length = number(page, free + 2)
            guard length >= 4, free + length <= usable else { return [] }
            if holdsBytes(page, free + 4..<free + length) { found.append(free + 4..<free + length) }
            (free, last) = (number(page, free), free + length)
        }
        return found
    }

    /// Nil for what is no such file, or one with pages of pointers to pages (`auto_vacuum`).
    private static func pageSize(_ header: Span<UInt64>) -> Int? {
        // "SQLite f", as its bytes lie.
        guard UInt64(littleEndian: header[0]) == 0x6620_6574_694C_5153 else { return nil }
        let size = number(header, 16) == 1 ? 65_536 : number(header, 16)
        let pointers = number(header, 52) | number(header, 54)
        guard size >= 512, size <= 65_536, size & (size - 1) == 0, pointers == 0 else { return nil }
        return size
    }

    private static func holdsBytes(_ page: Span<UInt64>, _ range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound, place & 7 != 0 {
            if byte(page, place) != 0 { return true }
            place += 1
        }
        while place + 8 <= range.upperBound {
            if page[place >> 3] != 0 { return true }
            place += 8
        }
        while place < range.upperBound {
            if byte(page, place) != 0 { return true }
            place += 1
        }
        return false
    }

    @inline(__always)
    private static func byte(_ page: Span<UInt64>, _ place: Int) -> Int {
        Int(UInt64(littleEndian: page[place >> 3]) >> UInt64(8 * (place & 7)) & 0xFF)
    }

    @inline(__always)
    private static func number(_ page: Span<UInt64>, _ place: Int) -> Int {
        byte(page, place) << 8 | byte(page, place + 1)
    }

    /// As many bytes as there are, up to the end of the file or of the block.
    private static func fill(
        _ block: inout [UInt64], from offset: Int, _ descriptor: Int32, _ url: URL
    ) throws -> Int {
        while true {
            let count = pread(descriptor, &block, block.count * 8, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw failure(url) }
        }
    }

    private static func overwrite(_ range: Range<Int>, from page: Int, _ descriptor: Int32, _ url: URL) throws {
        var place = range.lowerBound
        while place < range.upperBound {
            let count = pwrite(descriptor, zeros, range.upperBound - place, off_t(page + place))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(url) }
            place += count
        }
    }

    private static func failure(_ url: URL) -> StorageError { .io(file: url.lastPathComponent, code: errno) }
}
