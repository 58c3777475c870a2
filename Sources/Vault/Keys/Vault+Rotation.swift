// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import Storage

/// How far a rotation of the master key has come.
public enum RotationPhase: Equatable, Sendable {
    /// Keys and secrets are being put under the new key; every row is under the one or the other.
    case rewrapping
    /// Nothing is under the old key any more: it is to be destroyed.
    case retiring
}

/// The vault's steps of a rotation, in the order in which they are driven, by one process at a time: `beginRotation`,
/// `resealSecrets` and `rewrapKeys`; the ledger logs; `retireMasterKey`; the caller puts the new key in the old one's place and
/// destroys the old one; `emptyAfterRotation`; `endRotation`. Each may be repeated. No value changes, only what it is sealed under:
/// pseudonyms, tombstones and signatures stay what they are.
extension Vault {
    /// How many rows one transaction takes: others get the file's lock in between.
    private static let rowsPerTransaction = 4096

    /// The rotation under way or cut short; nil if there is none.
    public func rotation() throws -> (id: [UInt8], phase: RotationPhase)? {
        let state = try masterState()
        guard let id = state.rotation else { return nil }
        return (id, state.next == nil ? .retiring : .rewrapping)
    }

    /// From here on new rows are written under the key that the source calls next. Durable on return.
    /// - Throws: `.noNextKey` if there is none, or it is the current one; `.rotating` if a rotation is under way.
    public func beginRotation() throws {
        guard let next = try master.fingerprint(in: .next) else { throw VaultError.noNextKey }
        try changeMasterState { state in
            guard state.rotation == nil else { throw VaultError.rotating }
            guard state.current != next else { throw VaultError.noNextKey }
            state.next = next
            state.rotation = SystemRandom.bytes(16)
        }
    }

    /// Seals the vault's secrets under the new key.
    public func resealSecrets() throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                try readKeys { _ in }
                let row = try IdentityRow(database)
                var secret = try master.open(row.sealedSecrets, associatedData: row.binding).secret
                defer { ConstantTime.erase(&secret) }
                let sealed = master.seal(secret, associatedData: row.binding)
                try database.execute(sql: "UPDATE vault SET secrets = ? WHERE id = 1", arguments: [Data(sealed)])
            }
        }
    }

    /// Puts every row of `keys.sqlite` under the new key, in order of pseudonyms, a few at a time; what is under it already, or opens
    /// under neither (damage, which `checkKeys` names), stays as it is.
    /// - Parameter mayGoOn: asked between transactions; may throw.
    /// - Returns: How many rows there were. Operator-only.
    public func rewrapKeys(mayGoOn: () throws -> Void = {}) throws -> Int {
        var (last, count) = (Data(), 0)
        while true {
            try mayGoOn()
            let turn = try VaultError.wrapping(VaultSchema.keysFile) {
                try writeKeys { try rewrap(after: last, $0) }
            }
            guard let end = turn.last else { return count }
            (last, count) = (end, count + turn.count)
        }
    }

    /// - Returns: The pseudonyms of the rows after `last` that were looked at.
    private func rewrap(after last: Data, _ database: Database) throws -> [Data] {
        let select = try database.cachedStatement(
            sql: "SELECT pseudonym, wrapped FROM keys WHERE pseudonym > ? ORDER BY pseudonym LIMIT ?")
        let update = try database.cachedStatement(sql: "UPDATE keys SET wrapped = ? WHERE pseudonym = ?")
        let rows = try Row.fetchAll(select, arguments: [last, Self.rowsPerTransaction])
        try master.whileOpen {
            for row in rows {
                guard let user = UserPseudonym(bytes: row[0] as Data),
                    let wrapped = master.rewrap([UInt8](row[1] as Data), of: user)
                else { continue }
                update.setUncheckedArguments([Data(wrapped), Data(user.bytes)])
                try update.execute()
            }
        }
        return rows.map { $0[0] as Data }
    }

    /// Says that nothing is under the old key any more. To be called after `resealSecrets` and `rewrapKeys` have returned.
    public func retireMasterKey() throws {
        try changeMasterState { state in
            guard let next = state.next else { return }
            state.retiring = state.current
            state.current = next
            state.next = nil
        }
    }

    /// Whether the key that lies in `place` now is the one that the rotation leads to.
    public func isNewMasterKey(in place: MasterKeySource.Place) throws -> Bool {
        let state = try masterState()
        return try master.fingerprint(in: place) == state.next ?? state.current
    }

    /// Empties the write-ahead logs of both files, and their unused parts, whatever their size: nothing that the old key opens is left, nor what
    /// erasures from a large `vault.sqlite` did not reach. A share at a time: others get the file's lock in between.
    /// - Throws: `.busy` while a reader, perhaps in another process, holds a log back.
    public func emptyAfterRotation() throws {
        // Not `truncateLogs`: that would end erasures whose other files are not emptied yet.
        for (file, name) in [(keysFile, VaultSchema.keysFile), (vaultFile, VaultSchema.vaultFile)] {
            try VaultError.wrapping(name) {
                try DurableDatabase.empty(
                    file, largestRewritten: largestRewritten, limit: .max, share: DurableDatabase.largestCleaned)
            }
        }
    }

    /// Says that the old key is destroyed.
    public func endRotation() throws {
        try changeMasterState { state in
            guard state.next == nil else { return }
            (state.retiring, state.rotation) = (nil, nil)
        }
    }

    /// How many users have a key. Operator-only.
    public func keyCount() throws -> Int {
        try VaultError.wrapping(VaultSchema.keysFile) {
            try keysFile.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM keys") ?? 0 }
        }
    }

    func masterState() throws -> MasterKeyState {
        let state = try VaultError.wrapping(VaultSchema.keysFile) { try keysFile.read(MasterKeyState.init) }
        guard let state else { throw VaultError.notOurs(file: VaultSchema.keysFile) }
        return state
    }

    /// Durable on return; the keys in hand are those of the new state.
    private func changeMasterState(_ change: (inout MasterKeyState) throws -> Void) throws {
        let changed = try VaultError.wrapping(VaultSchema.keysFile) {
            try keysFile.write { database in
                guard var state = try MasterKeyState(database) else {
                    throw VaultError.notOurs(file: VaultSchema.keysFile)
                }
                try change(&state)
                try state.write(database)
                return state
            }
        }
        try master.follow(changed)
    }
}
