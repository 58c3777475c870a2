// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Interactions

// What a stream of counts must remember of its members between two periods, one row a member, sealed under that member's own key: it
// ends with the key, in old copies of the file too. The noise of a stream is nowhere at rest but in what was released.

/// What one member of a stream counted for: opaque bytes. Private.
public struct StreamPart: Hashable, Sendable {
    public let user: UserPseudonym
    public let bytes: [UInt8]

    public init(user: UserPseudonym, bytes: [UInt8]) { (self.user, self.bytes) = (user, bytes) }
}

extension Vault {
    /// The members of a stream that have a part, ascending, up to which period the parts know, and the last of which `note` was told.
    ///
    /// Whoever's part does not open is left out, and noted as damage: they count as somebody who left.
    public func streamParts(of stream: RunID) throws -> (parts: [StreamPart], closed: Int, released: Int) {
        let name = Data(stream.hex.utf8)
        return try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let row = try Row.fetchOne(
                    database, sql: "SELECT closed, released FROM streams WHERE stream = ?", arguments: [name])
                let (closed, released): (Int, Int) = (row?[0] ?? 0, row?[1] ?? 0)
                var sealed: [(user: UserPseudonym, bytes: [UInt8])] = []
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT pseudonym, sealed FROM stream_parts WHERE stream = ? ORDER BY pseudonym",
                    arguments: [name])
                while let row = try rows.next() {
                    guard let user = try row.withUnsafeData(atIndex: 0, { $0.flatMap { UserPseudonym(bytes: $0) } })
                    else { continue }
                    sealed.append((user, [UInt8](row[1] as Data)))
                }
                let parts = try master.whileOpen {
                    let keys = try readKeys {
                        try KeyStore(keys: $0).wrappedKeys(of: sealed.map(\.user), merging: true)
                    }
                    return zip(sealed, keys).compactMap { row, wrapped in
                        self.part(row.user, row.bytes, wrapped, of: Array(name), closed)
                    }
                }
                return (parts, closed, released)
            }
        }
    }

    private func part(
        _ user: UserPseudonym, _ sealed: [UInt8], _ wrapped: [UInt8]?, of stream: [UInt8], _ closed: Int
    ) -> StreamPart? {
        guard let wrapped, let key = try? master.unwrap(wrapped, of: user),
            let plain = try? key.open(
                sealed, associatedData: AssociatedData.part(of: user, stream: stream, closed: closed)),
            plain.count >= 4
        else { return nil }
        let length = plain.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard length <= plain.count - 4 else { return nil }
        return StreamPart(user: user, bytes: Array(plain[4..<4 + length]))
    }

    /// Replaces a stream's parts by these (ascending), before the release of the period that they know of: all of them or, if it
    /// throws, none. Durable when it returns.
    ///
    /// Marks are read in the writing transaction: nothing is written of who was erased meanwhile.
    public func replace(partsOf stream: RunID, by parts: [StreamPart], closed: Int) throws {
        let name = Data(stream.hex.utf8)
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                let marks = try Marks(database)
                let users = parts.map(\.user)
                try master.whileOpen {
                    let keys = try readKeys { try KeyStore(keys: $0).wrappedKeys(of: users, merging: true) }
                    try database.execute(sql: "DELETE FROM stream_parts WHERE stream = ?", arguments: [name])
                    let write = try database.cachedStatement(
                        sql: "INSERT INTO stream_parts (pseudonym, stream, sealed) VALUES (?, ?, ?)")
                    for (part, wrapped) in zip(parts, keys) {
                        guard let wrapped, try !marks.contains(tombstone: tombstone(of: part.user)),
                            let key = try? master.unwrap(wrapped, of: part.user)
                        else { continue }
                        write.setUncheckedArguments([
                            Data(part.user.bytes), name,
                            Data(try Self.sealed(part, with: key, of: Array(name), closed)),
                        ])
                        try write.execute()
                    }
                }
                try database.execute(
                    sql: """
                        INSERT INTO streams (stream, closed, released) VALUES (?, ?, 0)
                        ON CONFLICT (stream) DO UPDATE SET closed = excluded.closed
                        """, arguments: [name, closed])
            }
        }
    }

    /// Remembers that the ledger has the release of a period: a ledger that has fewer is an older file.
    public func note(releasedPeriod period: Int, of stream: RunID) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                try database.execute(
                    sql: "UPDATE streams SET released = max(released, ?) WHERE stream = ?",
                    arguments: [period, Data(stream.hex.utf8)])
            }
        }
    }

    /// The length, then the bytes, padded to a class: equal for all members of a stream.
    private static func sealed(
        _ part: StreamPart, with key: borrowing DataKey, of stream: [UInt8], _ closed: Int
    ) throws -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: part.bytes.count)
        let content = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + part.bytes
        guard let sizeClass = SizeClass(holding: content.count) else { throw VaultError.historyTooLarge }
        return key.seal(
            sizeClass.padded(content),
            associatedData: AssociatedData.part(of: part.user, stream: stream, closed: closed))
    }

    /// Forgets what a stream knew of its members. Once it has ended nobody counts in it any more.
    public func endStream(_ stream: RunID) throws {
        let name = Data(stream.hex.utf8)
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                try database.execute(sql: "DELETE FROM stream_parts WHERE stream = ?", arguments: [name])
                try database.execute(sql: "DELETE FROM streams WHERE stream = ?", arguments: [name])
            }
        }
    }
}
