// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions

/// Goes once through heads, segments and keys together, in order of pseudonyms: three cursors, no query a user.
final class RecordWalk {
    private let heads: OrderedRows
    private let segments: OrderedRows
    private let keys: OrderedRows

    /// - Parameters:
    ///   - vault: read before `keys`, so that each head has its key but for an erasure in between.
    ///   - range: whose rows to walk; nil for everybody's.
    init(vault: Database, keys: Database, range: ClosedRange<UserPseudonym>?) throws {
        let arguments: StatementArguments
        if let range {
            arguments = [Data(range.lowerBound.bytes), Data(range.upperBound.bytes)]
        } else {
            arguments = [Data(), Data(repeating: 0xFF, count: UserPseudonym.byteCount + 1)]
        }
        let range = "WHERE pseudonym BETWEEN ? AND ? ORDER BY pseudonym"
        heads = try OrderedRows(vault, sql: "SELECT pseudonym, sealed FROM heads \(range)", arguments)
        segments = try OrderedRows(
            vault, sql: "SELECT pseudonym, number, sealed FROM segments \(range), number", arguments)
        self.keys = try OrderedRows(keys, sql: "SELECT pseudonym, wrapped FROM keys \(range)", arguments)
    }

    /// The next user who has any row, nil at the end.
    func next() throws -> StoredRecord? {
        guard let user = [heads.user, segments.user, keys.user].compactMap(\.self).min() else { return nil }
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
        if try keys.advance(to: user) {
            record.wrappedKey = try keys.blob(1)
            try keys.advance()
        }
        return record
    }
}

/// Rows that ascend by the pseudonym in their first column.
private final class OrderedRows {
    private let cursor: RowCursor
    private(set) var row: Row?
    private(set) var user: UserPseudonym?

    init(_ database: Database, sql: String, _ arguments: StatementArguments) throws {
        cursor = try Row.fetchCursor(database, sql: sql, arguments: arguments)
        try advance()
    }

    /// To the next row. Rows whose pseudonym has not 16 bytes belong to nobody; `checkIntegrity` counts them.
    func advance() throws {
        repeat {
            row = try cursor.next()
            user = try row?.withUnsafeData(atIndex: 0) { $0.flatMap { UserPseudonym(bytes: $0) } }
        } while row != nil && user == nil
    }

    /// To the first row at or after `target`; whether it is the target's.
    func advance(to target: UserPseudonym) throws -> Bool {
        while let user, user < target { try advance() }
        return user == target
    }

    func blob(_ column: Int) throws -> [UInt8]? {
        try row?.withUnsafeData(atIndex: column) { $0.map { [UInt8]($0) } }
    }
}
