// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions

/// Reads and writes the rows of single users with prepared statements, within one transaction on each file.
struct RecordStore {
    let vault: Database

    /// The rows of one user, without the key.
    func rows(of user: UserPseudonym) throws -> StoredRecord {
        let pseudonym = Data(user.bytes)
        var record = StoredRecord(user: user)
        let head = try vault.cachedStatement(sql: "SELECT sealed FROM heads WHERE pseudonym = ?")
        record.head = try Row.fetchOne(head, arguments: [pseudonym]).map { [UInt8]($0[0] as Data) }
        let segments = try vault.cachedStatement(
            sql: "SELECT number, sealed FROM segments WHERE pseudonym = ? ORDER BY number")
        let rows = try Row.fetchCursor(segments, arguments: [pseudonym])
        while let row = try rows.next() { try record.append(segment: row, at: 0) }
        return record
    }

    func apply(_ change: RecordChange, of user: UserPseudonym, with key: borrowing DataKey) throws {
        let pseudonym = Data(user.bytes)
        let write = try vault.cachedStatement(
            sql: "INSERT OR REPLACE INTO segments (pseudonym, number, sealed) VALUES (?, ?, ?)")
        for segment in change.writes {
            let place = AssociatedData.segment(
                of: user, number: segment.entry.number, generation: segment.entry.generation)
            let sealed = key.seal(segment.sizeClass.padded(segment.content), associatedData: place)
            try write.execute(arguments: [pseudonym, Int64(segment.entry.number), Data(sealed)])
        }
        let remove = try vault.cachedStatement(sql: "DELETE FROM segments WHERE pseudonym = ? AND number = ?")
        for number in change.removals { try remove.execute(arguments: [pseudonym, Int64(number)]) }
        try put(head: change.head, of: user, with: key)
    }

    private func put(head: Head, of user: UserPseudonym, with key: borrowing DataKey) throws {
        let content = head.encoded
        guard let sizeClass = SizeClass(holding: content.count) else { throw VaultError.historyTooLarge }
        let sealed = key.seal(sizeClass.padded(content), associatedData: AssociatedData.head(of: user))
        let write = try vault.cachedStatement(sql: "INSERT OR REPLACE INTO heads (pseudonym, sealed) VALUES (?, ?)")
        try write.execute(arguments: [Data(user.bytes), Data(sealed)])
    }
}

/// The rows of `keys.sqlite`, likewise.
struct KeyStore {
    let keys: Database

    func wrappedKey(of user: UserPseudonym) throws -> [UInt8]? {
        let statement = try keys.cachedStatement(sql: "SELECT wrapped FROM keys WHERE pseudonym = ?")
        return try Row.fetchOne(statement, arguments: [Data(user.bytes)]).map { [UInt8]($0[0] as Data) }
    }

    func insert(_ wrapped: [UInt8], of user: UserPseudonym) throws {
        let statement = try keys.cachedStatement(sql: "INSERT INTO keys (pseudonym, wrapped) VALUES (?, ?)")
        try statement.execute(arguments: [Data(user.bytes), Data(wrapped)])
    }
}

extension StoredRecord {
    /// Takes the columns number and sealed from a row. A number that no segment can have becomes one that no head names.
    mutating func append(segment row: Row, at column: Int) throws {
        let number = UInt32(exactly: row[column] as Int64) ?? .max
        let sealed = try row.withUnsafeData(atIndex: column + 1) { $0.map { [UInt8]($0) } ?? [] }
        segments.append(Segment(number: number, sealed: sealed))
    }
}
