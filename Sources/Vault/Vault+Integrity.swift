// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import Storage
import Synchronization

/// What one check of the vault found.
public struct IntegrityFinding: Hashable, Sendable {
    public let name: String
    public let ok: Bool
    /// In words; a user appears as the start of their pseudonym. Holds no count of users.
    public let detail: String

    public init(name: String, ok: Bool, detail: String) {
        (self.name, self.ok, self.detail) = (name, ok, detail)
    }
}

extension Vault {
    /// Reads both files through: SQLite's own check, the settings, the modes, and every key, head, segment, kept and pending row.
    ///
    /// One finding for each check, and one for each damaged record, at most a hundred of them.
    public func checkIntegrity() throws -> [IntegrityFinding] {
        var findings = [
            try fileFinding(vaultFile, VaultSchema.vaultFile), try fileFinding(keysFile, VaultSchema.keysFile),
            try settingsFinding(), modesFinding(), try strayFinding(), try sizesFinding(), try wordsFinding(),
        ]
        var damaged = damageSeen.withLock { $0 }
        try walk(over: nil) { vault, walk in
            let marks = try Marks(vault)
            let rows = try OrderedRows(
                vault, "SELECT pseudonym, number, sealed FROM pending", in: nil, thenBy: ", number")
            while let record = try walk.next() {
                try passOver(rows, before: record.user, marks, &damaged)
                var pending = PendingRows(user: record.user)
                while rows.user == record.user {
                    if let row = rows.row { try pending.append(row, at: 1) }
                    try rows.advance()
                }
                if record.isBlank {
                    if !pending.sealed.isEmpty { damaged[record.user] = .headMissing }
                    // A key alone is what a crash between the two files leaves; unless it does not open.
                    if pending.sealed.isEmpty, (try? record.unwrapKey(by: master)) == nil {
                        damaged[record.user] = .keyUnreadable
                    }
                    continue
                }
                if record.wrappedKey == nil, try marks.contains(tombstone: tombstone(of: record.user)) { continue }
                do {
                    let key = try record.unwrapKey(by: master)
                    _ = try pending.open(writtenIn: record.open(with: key).head.pending, with: key)
                    damaged[record.user] = nil
                } catch let damage as RecordDamage { damaged[record.user] = damage }
            }
            try passOver(rows, before: nil, marks, &damaged)
        }
        // Whose history does not open is named for that.
        damaged.merge(try keptDamage()) { history, _ in history }
        findings.append(
            IntegrityFinding(
                name: "vault records", ok: damaged.isEmpty,
                detail: damaged.isEmpty
                    ? "every key, head, segment, kept and pending row opens" : "some records are damaged"))
        for (user, damage) in damaged.sorted(by: { $0.key < $1.key }).prefix(100) {
            findings.append(
                IntegrityFinding(
                    name: "vault record", ok: false, detail: "user \(Hex.encode(user.bytes.prefix(4)))…: \(damage)"))
        }
        return findings
    }

    /// Names whoever has rows of pending events and no other row.
    private func passOver(
        _ rows: OrderedRows, before user: UserPseudonym?, _ marks: Marks, _ damaged: inout [UserPseudonym: RecordDamage]
    ) throws {
        while let other = rows.user, user.map({ other < $0 }) ?? true {
            if try !marks.contains(tombstone: tombstone(of: other)) { damaged[other] = .headMissing }
            try rows.advance()
        }
    }

    private func fileFinding(_ file: DatabaseQueue, _ name: String) throws -> IntegrityFinding {
        let answer = try VaultError.wrapping(name) {
            try file.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(10)") }
        }
        return IntegrityFinding(
            name: name, ok: answer == ["ok"],
            detail: answer == ["ok"] ? "SQLite finds it consistent" : "SQLite finds it damaged: restore a copy")
    }

    private func settingsFinding() throws -> IntegrityFinding {
        for file in [vaultFile, keysFile] {
            do {
                try file.read { try Pragmas.assert($0) }
            } catch StorageError.pragmaRefused(let name) {
                return IntegrityFinding(name: "vault settings", ok: false, detail: "\(name) is not as it must be")
            }
        }
        return IntegrityFinding(name: "vault settings", ok: true, detail: "durable, erasing, private")
    }

    private func modesFinding() -> IntegrityFinding {
        let paths = [vaultFile.path, keysFile.path].flatMap { [$0, $0 + "-wal", $0 + "-shm"] }
        let open = paths.filter {
            let mode = try? FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
            return (mode ?? 0) & 0o077 != 0
        }
        return IntegrityFinding(
            name: "vault modes", ok: open.isEmpty,
            detail: open.isEmpty
                ? "readable by the owner alone" : "others may read \(URL(fileURLWithPath: open[0]).lastPathComponent)")
    }

    /// Rows that can belong to nobody: pseudonyms have 16 bytes.
    private func strayFinding() throws -> IntegrityFinding {
        var isClean = true
        for (file, tables) in [
            (vaultFile, ["heads", "segments", "stream_parts", "kept", "pending", "preferences", "marks"]),
            (keysFile, ["keys"]),
        ] {
            for table in tables {
                let sql = "SELECT 1 FROM \(table) WHERE length(pseudonym) != \(UserPseudonym.byteCount) LIMIT 1"
                if try file.read({ try Row.fetchOne($0, sql: sql) }) != nil { isClean = false }
            }
        }
        return IntegrityFinding(
            name: "vault rows", ok: isClean, detail: isClean ? "each row has its place" : "there are rows of nobody")
    }

    /// Consents, objections and restrictions are those that were written with the vault's key.
    private func wordsFinding() throws -> IntegrityFinding {
        var isOurs = true
        do {
            _ = try vaultFile.read { try Words(vault: self, database: $0).all() }
        } catch VaultError.notAuthentic {
            isOurs = false
        }
        return IntegrityFinding(
            name: "vault preferences", ok: isOurs,
            detail: isOurs
                ? "each consent, objection and restriction was written with the vault's key"
                : "a row of preferences was edited, added or taken away by another hand")
    }

    /// Lengths tell a thief no more than their class.
    private func sizesFinding() throws -> IntegrityFinding {
        let classes = SizeClass.allCases.map { String($0.rawValue) }.joined(separator: ", ")
        let isClean = try vaultFile.read { database in
            try ["heads", "segments", "stream_parts", "kept", "pending"].allSatisfy { table in
                let sql = "SELECT 1 FROM \(table) WHERE length(sealed) NOT IN (\(classes)) LIMIT 1"
                return try Row.fetchOne(database, sql: sql) == nil
            }
        }
        return IntegrityFinding(
            name: "vault sizes", ok: isClean,
            detail: isClean ? "every sealed length is one of \(classes)" : "a sealed length is none of \(classes)")
    }
}
