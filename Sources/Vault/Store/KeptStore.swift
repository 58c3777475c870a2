// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions

/// The rows of table `kept` of one user, as they lie there.
struct KeptRows {
    var user: UserPseudonym
    var sealed: [[UInt8]] = []
    /// Whether their numbers are 0, 1, 2…
    var areInOrder = true

    /// Takes the columns number and sealed from a row.
    mutating func append(_ row: Row, at column: Int) throws {
        if (row[column] as Int64) != Int64(sealed.count) { areInOrder = false }
        sealed.append(try row.withUnsafeData(atIndex: column + 1) { $0.map { [UInt8]($0) } ?? [] })
    }

    /// Everything that is kept of the user, by event, and the generation of the rows; 0 where there are none.
    /// - Throws: `.keptUnreadable` where a row was changed, cut, swapped, replayed, added or, but for all of them, taken away.
    func open(with key: borrowing DataKey) throws(RecordDamage) -> (
        columns: [Interaction: [String: String]], generation: UInt64
    ) {
        var columns: [Interaction: [String: String]] = [:]
        var generation: UInt64?
        guard areInOrder else { throw .keptUnreadable }
        for number in sealed.indices {
            let place = AssociatedData.kept(of: user, number: UInt32(number))
            guard SizeClass(sealedLength: sealed[number].count) != nil,
                let plain = try? key.open(sealed[number], associatedData: place), let piece = KeptCodec.decode(plain),
                piece.pieces == sealed.count, piece.generation == generation ?? piece.generation
            else { throw .keptUnreadable }
            generation = piece.generation
            for kept in piece.events { columns[kept.event] = kept.columns }
        }
        return (columns, generation ?? 0)
    }
}

/// Reads and writes table `kept` within one transaction.
struct KeptStore {
    let vault: Database

    func rows(of user: UserPseudonym) throws -> KeptRows {
        let statement = try vault.cachedStatement(
            sql: "SELECT number, sealed FROM kept WHERE pseudonym = ? ORDER BY number")
        var rows = KeptRows(user: user)
        let cursor = try Row.fetchCursor(statement, arguments: [Data(user.bytes)])
        while let row = try cursor.next() { try rows.append(row, at: 0) }
        return rows
    }

    /// Puts the values beside what is there. Of one event and column the latest wins; where nothing changes nothing is written.
    func merge(
        _ events: [KeptEvent], into found: (columns: [Interaction: [String: String]], generation: UInt64),
        of user: UserPseudonym, with key: borrowing DataKey
    ) throws {
        var columns = found.columns
        for kept in events { columns[kept.event, default: [:]].merge(kept.columns) { $1 } }
        if columns == found.columns { return }
        let pieces = KeptCodec.encode(
            columns.map { KeptEvent(event: $0.key, columns: $0.value) }.sorted { $0.event < $1.event },
            generation: found.generation + 1)
        let pseudonym = Data(user.bytes)
        let write = try vault.cachedStatement(
            sql: "INSERT OR REPLACE INTO kept (pseudonym, number, sealed) VALUES (?, ?, ?)")
        for (number, content) in pieces.enumerated() {
            guard let sizeClass = SizeClass(holding: content.count) else { throw VaultError.historyTooLarge }
            let sealed = key.seal(
                sizeClass.padded(content), associatedData: AssociatedData.kept(of: user, number: UInt32(number)))
            try write.execute(arguments: [pseudonym, number, Data(sealed)])
        }
        try vault.cachedStatement(sql: "DELETE FROM kept WHERE pseudonym = ? AND number >= ?")
            .execute(arguments: [pseudonym, pieces.count])
    }
}
