// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Plants bytes where SQLite does not look: in the unused parts of a page, as rows that were moved leave them.
public enum SQLitePages {
    public enum Place: Sendable, CaseIterable { case gap, freeBlock }

    /// Writes `bytes` between the pointers and the cells of a leaf page, or into a free block among its cells. Nobody may have the file
    /// open, nor its log hold anything.
    /// - Returns: Whether a page had room.
    public static func plant(_ bytes: [UInt8], in url: URL, _ place: Place = .gap) throws -> Bool {
        try offset(planting: bytes, in: url, place) != nil
    }

    /// The same.
    /// - Parameter isLast: In the last page that has room, else in the first.
    /// - Returns: Where the bytes are now; nil where no page had room.
    public static func offset(
        planting bytes: [UInt8], in url: URL, _ place: Place = .gap, isLast: Bool = false
    ) throws -> Int? {
        let file = try FileHandle(forUpdating: url)
        defer { try? file.close() }
        let all = [UInt8](try file.readToEnd() ?? Data())
        func number(at place: Int) -> Int { Int(all[place]) << 8 | Int(all[place + 1]) }
        let size = number(at: 16) == 1 ? 65_536 : number(at: 16)
        let pages = Array(stride(from: size, to: all.count, by: size))
        for page in isLast ? pages.reversed() : pages where [10, 13].contains(all[page]) {
            var (start, end) = (page + 8 + 2 * number(at: page + 3), page + number(at: page + 5))
            if place == .freeBlock {
                let free = number(at: page + 1)
                if free == 0 { continue }
                (start, end) = (page + free + 4, page + free + number(at: page + free + 2))
            }
            guard end - start >= bytes.count + (place == .gap ? 24 : 0) else { continue }
            let offset = start + (place == .gap ? 12 : 0)
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: Data(bytes))
            return offset
        }
        return nil
    }
}
