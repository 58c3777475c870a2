// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions

/// Goes once through heads, segments and keys together, in order of pseudonyms: three cursors, no query a user.
final class RecordWalk {
    let heads: OrderedRows
    let segments: OrderedRows
    let keys: OrderedRows?

    /// - Parameters:
    ///   - vault: read before `keys`, so that each head has its key but for an erasure in between.
    ///   - keys: nil for records without their keys.
    ///   - range: whose rows to walk; nil for everybody's.
    init(vault: Database, keys: Database?, range: ClosedRange<UserPseudonym>?) throws {
        heads = try OrderedRows(vault, "SELECT pseudonym, sealed FROM heads", in: range)
        segments = try OrderedRows(
            vault, "SELECT pseudonym, number, sealed FROM segments", in: range, thenBy: ", number")
        self.keys = try keys.map { try OrderedRows.keys($0, in: range) }
    }

    /// The next user who has any row, nil at the end.
    func next() throws -> StoredRecord? {
        guard let user = [heads.user, segments.user, keys?.user].compactMap(\.self).min() else { return nil }
        return try record(of: user)
    }

    /// The rows of `user`, who comes after all users asked for before. Rows of users in between are passed over.
    func record(of user: UserPseudonym) throws -> StoredRecord {
        var record = StoredRecord(user: user)
        if try heads.advance(to: user) {
            record.head = try heads.blob(1)
            try heads.advance()
        }
        while try segments.advance(to: user) {
            if let row = segments.row { try record.append(segment: row, at: 1) }
            try segments.advance()
        }
        if let keys, try keys.advance(to: user) {
            record.wrappedKey = try keys.blob(1)
            try keys.advance()
        }
        return record
    }
}

/// Rows that ascend by the pseudonym in their first column.
final class OrderedRows {
    private let cursor: RowCursor
    private(set) var row: Row?
    private(set) var user: UserPseudonym?

    /// - Parameter range: whose rows; nil for everybody's.
    init(
        _ database: Database, _ selection: String, in range: ClosedRange<UserPseudonym>?, thenBy more: String = ""
    ) throws {
        let lowest = range.map { Data($0.lowerBound.bytes) } ?? Data()
        let highest =
            range.map { Data($0.upperBound.bytes) } ?? Data(repeating: 0xFF, count: UserPseudonym.byteCount + 1)
        cursor = try Row.fetchCursor(
            database, sql: "\(selection) WHERE pseudonym BETWEEN ? AND ? ORDER BY pseudonym\(more)",
            arguments: [lowest, highest])
        try advance()
    }

    /// The rows of `keys.sqlite`.
    static func keys(_ keys: Database, in range: ClosedRange<UserPseudonym>?) throws -> OrderedRows {
        try OrderedRows(keys, "SELECT pseudonym, wrapped FROM keys", in: range)
    }

    /// To the next row. Rows whose pseudonym has not 16 bytes belong to nobody; `checkIntegrity` counts them.
    func advance() throws {
        repeat {
            row = try cursor.next()
            user = try row?.withUnsafeData(atIndex: 0) { $0.flatMap { UserPseudonym($0.span) } }
        } while row != nil && user == nil
    }

    /// To the first row at or after `target`; whether it is the target's.
    func advance(to target: UserPseudonym) throws -> Bool {
        while let user, user < target { try advance() }
        return user == target
    }

    /// Lends a column of the current row; nothing is lent where there is none.
    func withBlob(_ column: Int, _ body: (Span<UInt8>) throws -> Void) throws {
        try row?.withUnsafeData(atIndex: column) { if let bytes = $0 { try body(bytes.span) } }
    }

    /// The column `number` of a row of `segments`. A number that no segment can have becomes one that no head names.
    var segmentNumber: UInt32 { row.flatMap { UInt32(exactly: $0[1] as Int64) } ?? .max }

    func blob(_ column: Int) throws -> [UInt8]? {
        try row?.withUnsafeData(atIndex: column) { $0.map { [UInt8]($0) } }
    }
}
