// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions

/// Reads and writes the rows of single users with prepared statements, within one transaction.
final class RecordStore {
    let vault: Database
    private let readHead: Statement
    private let readSegments: Statement
    private let insertHead: Statement
    private let updateHead: Statement
    private let writeSegment: Statement
    private let removeSegment: Statement

    init(vault: Database) throws {
        self.vault = vault
        readHead = try vault.cachedStatement(sql: "SELECT sealed FROM heads WHERE pseudonym = ?")
        readSegments = try vault.cachedStatement(
            sql: "SELECT number, sealed FROM segments WHERE pseudonym = ? ORDER BY number")
        insertHead = try vault.cachedStatement(sql: "INSERT INTO heads (sealed, pseudonym) VALUES (?, ?)")
        updateHead = try vault.cachedStatement(sql: "UPDATE heads SET sealed = ? WHERE pseudonym = ?")
        writeSegment = try vault.cachedStatement(
            sql: "INSERT OR REPLACE INTO segments (pseudonym, number, sealed) VALUES (?, ?, ?)")
        removeSegment = try vault.cachedStatement(sql: "DELETE FROM segments WHERE pseudonym = ? AND number = ?")
    }

    /// The rows of one user, without the key.
    func rows(of user: UserPseudonym) throws -> StoredRecord {
        let pseudonym = Data(user.bytes)
        var record = StoredRecord(user: user)
        readHead.setUncheckedArguments([pseudonym])
        let head = try Row.fetchCursor(readHead)
        record.head = try head.next()?.withUnsafeData(atIndex: 0) { $0.map { [UInt8]($0) } }
        readSegments.setUncheckedArguments([pseudonym])
        let rows = try Row.fetchCursor(readSegments)
        while let row = try rows.next() { try record.append(segment: row, at: 0) }
        return record
    }

    /// Those of these users, ascending, who have a head or a segment.
    /// - Parameter merging: as for `rows(of:merging:)`.
    func havingRows(_ users: [UserPseudonym], merging: Bool) throws -> Set<UserPseudonym> {
        var found: Set<UserPseudonym> = []
        guard let first = users.first, let last = users.last else { return found }
        if merging {
            for table in ["heads", "segments"] {
                let rows = try OrderedRows(vault, "SELECT pseudonym FROM \(table)", in: first...last)
                for user in users where try rows.advance(to: user) { found.insert(user) }
            }
            return found
        }
        let statement = try vault.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM heads WHERE pseudonym = ?)
                OR EXISTS (SELECT 1 FROM segments WHERE pseudonym = ?)
                """)
        for user in users {
            let pseudonym = Data(user.bytes)
            statement.setUncheckedArguments([pseudonym, pseudonym])
            if try Bool.fetchOne(statement) ?? true { found.insert(user) }
        }
        return found
    }

    /// The rows of many users, ascending, without their keys.
    /// - Parameter merging: by one pass over the tables instead of look-ups; faster where they are most of them.
    func rows(of users: [UserPseudonym], merging: Bool) throws -> [StoredRecord] {
        guard merging, let first = users.first, let last = users.last else { return try users.map(rows) }
        let walk = try RecordWalk(vault: vault, keys: nil, range: first...last)
        return try users.map(walk.record)
    }

    /// - Parameter isNew: the user has no head yet.
    func apply(
        _ change: RecordChange, of user: UserPseudonym, with key: borrowing DataKey, isNew: Bool
    ) throws {
        let pseudonym = Data(user.bytes)
        for segment in change.writes {
            let place = AssociatedData.segment(
                of: user, number: segment.entry.number, generation: segment.entry.generation)
            let sealed = key.seal(segment.sizeClass.padded(segment.content), associatedData: place)
            writeSegment.setUncheckedArguments([pseudonym, Int64(segment.entry.number), Data(sealed)])
            try writeSegment.execute()
        }
        for number in change.removals {
            removeSegment.setUncheckedArguments([pseudonym, Int64(number)])
            try removeSegment.execute()
        }
        try put(head: change.head, pseudonym, of: user, with: key, isNew: isNew)
    }

    private func put(
        head: Head, _ pseudonym: Data, of user: UserPseudonym, with key: borrowing DataKey, isNew: Bool
    ) throws {
        let content = head.encoded
        guard let sizeClass = SizeClass(holding: content.count) else { throw VaultError.historyTooLarge }
        let sealed = key.seal(sizeClass.padded(content), associatedData: AssociatedData.head(of: user))
        // An update overwrites a row of equal length where it is.
        let write = isNew ? insertHead : updateHead
        write.setUncheckedArguments([Data(sealed), pseudonym])
        try write.execute()
    }
}

/// The rows of `keys.sqlite`, likewise.
struct KeyStore {
    let keys: Database

    /// The keys of many users, ascending, nil for who has none.
    /// - Parameter merging: by one pass over the table instead of a look-up each; faster where they are most of it.
    func wrappedKeys(of users: [UserPseudonym], merging: Bool) throws -> [[UInt8]?] {
        guard merging, let first = users.first, let last = users.last else {
            return try users.map(wrappedKey)
        }
        let rows = try OrderedRows.keys(keys, in: first...last)
        return try users.map { try rows.advance(to: $0) ? rows.blob(1) : nil }
    }

    func wrappedKey(of user: UserPseudonym) throws -> [UInt8]? {
        let statement = try keys.cachedStatement(sql: "SELECT wrapped FROM keys WHERE pseudonym = ?")
        return try Row.fetchOne(statement, arguments: [Data(user.bytes)]).map { [UInt8]($0[0] as Data) }
    }

    /// Writes a row of noise and takes it away again, so that the transaction has something to make durable.
    func writeInVain() throws {
        let nobody = Data(SystemRandom.bytes(UserPseudonym.byteCount))
        let noise = Data(SystemRandom.bytes(DataKey.wrappedLength))
        try keys.cachedStatement(sql: "INSERT OR IGNORE INTO keys (pseudonym, wrapped) VALUES (?, ?)")
            .execute(arguments: [nobody, noise])
        try keys.cachedStatement(sql: "DELETE FROM keys WHERE pseudonym = ? AND wrapped = ?")
            .execute(arguments: [nobody, noise])
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
