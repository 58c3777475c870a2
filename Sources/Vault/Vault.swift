// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import Foundation
import GRDB
import Interactions
import Storage
import Synchronization

/// Sealed histories, their keys, and what each person allows; `vault.sqlite` and `keys.sqlite` of a data directory.
///
/// Outside ids, items and times never reach the disk in clear. Several processes may hold a vault of one directory open at
/// once: each call takes SQLite's locks for itself, always `vault.sqlite` before `keys.sqlite`, and keeps none afterwards.
/// What it throws is a `VaultError`.
public final class Vault: Sendable {
    /// The data directory this vault belongs to. Public.
    public let directoryID: String
    /// Whether the data were declared public when the directory was made. It never changes.
    public let isPublicData: Bool
    /// With which anyone verifies what this directory signs.
    public let publicKey: [UInt8]

    let vaultFile: DatabaseQueue
    let keysFile: DatabaseQueue
    let master: MasterKeys
    let secrets: VaultSecrets
    /// Damage met while histories were read: not told then, told by `checkIntegrity`.
    let damageSeen = Mutex<[UserPseudonym: RecordDamage]>([:])
    /// Up to how many bytes a file is rewritten at every erasure; in a larger one unused parts of pages are overwritten.
    package let largestRewritten: Int

    /// Makes both files in `directory` (made too, mode 0700, if it is not there), with fresh secrets sealed under `master`.
    public static func create(
        in directory: URL, directoryID: String, isPublicData: Bool, master: borrowing MasterKey
    ) throws {
        var fresh = VaultSecrets.fresh()
        defer { ConstantTime.erase(&fresh) }
        let publicKey = try VaultSecrets(bytes: fresh).signing.publicKey
        let sealed = master.seal(
            fresh,
            associatedData: AssociatedData.secrets(
                directoryID: directoryID, isPublicData: isPublicData, publicKey: publicKey))
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try FileModes.createPrivateDirectory(directory)
            let keys = try DurableDatabase.create(
                at: directory.appendingPathComponent(VaultSchema.keysFile), schema: VaultSchema.keys)
            let state = MasterKeyState(current: master.fingerprint())
            try keys.write { try state.write($0) }
            let file = try DurableDatabase.create(
                at: directory.appendingPathComponent(VaultSchema.vaultFile), schema: VaultSchema.vault)
            try file.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO vault (id, directory, public_data, public_key, secrets, changes)
                        VALUES (1, ?, ?, ?, ?, 0)
                        """,
                    arguments: [directoryID, isPublicData ? 1 : 0, Data(publicKey), Data(sealed)])
            }
        }
    }

    /// Opens the vault of a directory; every setting of both files is set and read back.
    /// - Parameters:
    ///   - master: the key that is current, as far as the caller knows.
    ///   - source: where to look when another process has rotated the key; nil for one that is never rotated.
    /// - Throws: `.notFound`, `.notOurs`, `.newerSchema`, `.pragmaRefused`, `.wrongDirectory`, `.wrongMasterKey`, `.io`; what the
    ///   source throws.
    public convenience init(
        opening directory: URL, directoryID: String, master: consuming MasterKey,
        reloading source: MasterKeySource? = nil
    ) throws {
        try self.init(
            opening: directory, directoryID: directoryID, master: master, reloading: source,
            patience: DurableDatabase.patience)
    }

    /// - Parameters:
    ///   - patience: Seconds that a lock of somebody else is waited for.
    ///   - largestRewritten: Up to how many bytes a file is rewritten at every erasure; in a larger one unused parts of pages are overwritten.
    package init(
        opening directory: URL, directoryID: String, master: consuming MasterKey,
        reloading source: MasterKeySource? = nil, patience: TimeInterval,
        largestRewritten: Int = DurableDatabase.largestRewritten
    ) throws {
        let vaultURL = directory.appendingPathComponent(VaultSchema.vaultFile)
        let keysURL = directory.appendingPathComponent(VaultSchema.keysFile)
        let (vaultFile, keysFile, row) = try VaultError.wrapping(VaultSchema.vaultFile) {
            let vaultFile = try DurableDatabase.open(at: vaultURL, schema: VaultSchema.vault, patience: patience)
            let keysFile = try DurableDatabase.open(at: keysURL, schema: VaultSchema.keys, patience: patience)
            return (vaultFile, keysFile, try vaultFile.read(IdentityRow.init))
        }
        guard row.directoryID == directoryID else { throw VaultError.wrongDirectory }
        let keys = MasterKeys(master, source: source)
        let secrets = try Self.secrets(under: keys, vaultFile, keysFile)
        guard secrets.signing.publicKey == row.publicKey else { throw VaultError.wrongMasterKey }
        self.directoryID = directoryID
        self.largestRewritten = largestRewritten
        isPublicData = row.isPublicData
        publicKey = row.publicKey
        self.secrets = secrets
        self.vaultFile = vaultFile
        self.keysFile = keysFile
        self.master = keys
        try sealWordsIfNeeded()
    }

    /// Loads the master keys that `keys.sqlite` names, and opens the vault's secrets with one of them.
    private static func secrets(
        under keys: MasterKeys, _ vaultFile: DatabaseQueue, _ keysFile: DatabaseQueue
    ) throws -> VaultSecrets {
        var state: MasterKeyState?
        while true {
            let now = try VaultError.wrapping(VaultSchema.keysFile) { try keysFile.read(MasterKeyState.init) }
            if let now { try keys.follow(now) }
            let row = try VaultError.wrapping(VaultSchema.vaultFile) { try vaultFile.read(IdentityRow.init) }
            do {
                var opened = try keys.open(row.sealedSecrets, associatedData: row.binding)
                defer { ConstantTime.erase(&opened.secret) }
                if now == nil {
                    // A file of schema 1: what opened the secrets is its key.
                    let first = MasterKeyState(current: opened.fingerprint)
                    try VaultError.wrapping(VaultSchema.keysFile) {
                        try keysFile.write { try first.writeIfMissing($0) }
                    }
                }
                return try VaultSecrets(bytes: opened.secret)
            } catch VaultError.wrongMasterKey where now != state {
                // A rotation may have come in between: once more, unless nothing has changed since the last look.
                state = now
            }
        }
    }
}

/// The one row of table `vault`, as stored.
struct IdentityRow {
    let directoryID: String, isPublicData: Bool, publicKey: [UInt8], sealedSecrets: [UInt8]

    /// What the secrets are bound to.
    var binding: [UInt8] {
        AssociatedData.secrets(directoryID: directoryID, isPublicData: isPublicData, publicKey: publicKey)
    }

    init(_ database: Database) throws {
        let sql = "SELECT directory, public_data, public_key, secrets FROM vault WHERE id = 1"
        guard let row = try Row.fetchOne(database, sql: sql) else {
            throw VaultError.notOurs(file: VaultSchema.vaultFile)
        }
        directoryID = row[0]
        isPublicData = row[1] == 1
        publicKey = [UInt8](row[2] as Data)
        sealedSecrets = [UInt8](row[3] as Data)
    }
}
