// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions

/// The rows of table `pending` of one user, as they lie there.
struct PendingRows {
    var user: UserPseudonym
    var sealed: [[UInt8]] = []
    /// Whether their numbers are 0, 1, 2…
    var areInOrder = true

    /// Takes the columns number and sealed from a row.
    mutating func append(_ row: Row, at column: Int) throws {
        if (row[column] as Int64) != Int64(sealed.count) { areInOrder = false }
        sealed.append(try row.withUnsafeData(atIndex: column + 1) { $0.map { [UInt8]($0) } ?? [] })
    }

    /// The user's events of unknown items, ascending.
    /// - Parameter generation: In which they were written, as the user's head says; 0: there are none.
    /// - Throws: `.pendingUnreadable` where a row, or all of them, were changed, cut, swapped, replayed, added or taken away.
    func open(writtenIn generation: UInt64, with key: borrowing DataKey) throws(RecordDamage) -> [PendingEvent] {
        guard areInOrder, sealed.isEmpty == (generation == 0) else { throw .pendingUnreadable }
        var events: [PendingEvent] = []
        for number in sealed.indices {
            let place = AssociatedData.pending(of: user, number: UInt32(number), generation: generation)
            guard SizeClass(sealedLength: sealed[number].count) != nil,
                let plain = try? key.open(sealed[number], associatedData: place),
                let piece = PendingCodec.decode(plain), piece.pieces == sealed.count
            else { throw .pendingUnreadable }
            events += piece.events
        }
        return events
    }
}

/// Reads and writes table `pending` within one transaction.
struct PendingStore {
    let vault: Database

    func rows(of user: UserPseudonym) throws -> PendingRows {
        let statement = try vault.cachedStatement(
            sql: "SELECT number, sealed FROM pending WHERE pseudonym = ? ORDER BY number")
        var rows = PendingRows(user: user)
        let cursor = try Row.fetchCursor(statement, arguments: [Data(user.bytes)])
        while let row = try cursor.next() { try rows.append(row, at: 0) }
        return rows
    }

    /// Those who have rows, ascending, after `last`.
    func users(after last: UserPseudonym?, most: Int) throws -> [UserPseudonym] {
        try Data.fetchAll(
            vault.cachedStatement(
                sql: "SELECT DISTINCT pseudonym FROM pending WHERE pseudonym > ? ORDER BY pseudonym LIMIT ?"),
            arguments: [last.map { Data($0.bytes) } ?? Data(), most]
        ).compactMap { UserPseudonym(bytes: $0) }
    }

    /// Puts these in place of what is there.
    /// - Parameters:
    ///   - events: ascending, each once; none takes all rows away.
    ///   - generation: The head's, which is written in the same transaction.
    func replace(
        by events: [PendingEvent], of user: UserPseudonym, generation: UInt64, with key: borrowing DataKey
    ) throws {
        let pseudonym = Data(user.bytes)
        let pieces = PendingCodec.encode(events)
        let write = try vault.cachedStatement(
            sql: "INSERT OR REPLACE INTO pending (pseudonym, number, sealed) VALUES (?, ?, ?)")
        for (number, content) in pieces.enumerated() {
            guard let sizeClass = SizeClass(holding: content.count) else { throw VaultError.historyTooLarge }
            let place = AssociatedData.pending(of: user, number: UInt32(number), generation: generation)
            let sealed = key.seal(sizeClass.padded(content), associatedData: place)
            try write.execute(arguments: [pseudonym, number, Data(sealed)])
        }
        try vault.cachedStatement(sql: "DELETE FROM pending WHERE pseudonym = ? AND number >= ?")
            .execute(arguments: [pseudonym, pieces.count])
    }
}
