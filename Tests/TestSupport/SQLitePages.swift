// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Plants bytes where SQLite does not look: in the unused part of a page, as rows that were moved leave them.
public enum SQLitePages {
    /// Writes `bytes` between the pointers and the cells of a leaf page. Nobody may have the file open, nor its log hold anything.
    /// - Parameter avoided: The page does not hold these.
    /// - Returns: Whether a page had room.
    public static func plant(_ bytes: [UInt8], in url: URL, avoiding avoided: [UInt8] = []) throws -> Bool {
        let file = try FileHandle(forUpdating: url)
        defer { try? file.close() }
        let all = [UInt8](try file.readToEnd() ?? Data())
        func number(at place: Int) -> Int { Int(all[place]) << 8 | Int(all[place + 1]) }
        let size = number(at: 16) == 1 ? 65_536 : number(at: 16)
        for page in stride(from: size, to: all.count, by: size) where [10, 13].contains(all[page]) {
            let (start, end) = (page + 8 + 2 * number(at: page + 3), page + number(at: page + 5))
            // Cells enough that a deletion merges no pages.
            guard end - start > bytes.count + 24, end - start < size * 2 / 5 else { continue }
            if !avoided.isEmpty, Data(all[page..<page + size]).range(of: Data(avoided)) != nil { continue }
            try file.seek(toOffset: UInt64(start + 12))
            try file.write(contentsOf: Data(bytes))
            return true
        }
        return false
    }
}
