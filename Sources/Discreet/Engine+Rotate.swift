// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import Foundation
import Policies
import Records
import Storage
import Vault

extension Engine {
    /// Puts everything that is under the master key under a new one, and destroys the old one. Readers and writers go on meanwhile.
    ///
    /// Cut short at any instant, it is finished by the next call; every other command works in between. No pseudonym and no signature
    /// changes. Copies of the data directory made before can be opened by nobody afterwards: that is what it is for.
    /// - Parameter newPassphraseFile: needed where the key comes from a passphrase, which this file's first line replaces; to finish a
    ///   rotation it may be left out, and must be the passphrase it was begun with.
    /// - Returns: Operator-only.
    /// - Throws: `.busy` while another process rotates, or a reader holds a write-ahead log back (call again); `.io` where the new
    ///   key cannot be written beside the old one.
    public func rotateKeys(newPassphraseFile: String? = nil) async throws(DiscreetError) -> RotationReport {
        try facade {
            let place = try location.masterKeyPlace(configuration)
            guard let lock = try DirectoryLock.take("rotation", in: location.directory) else {
                throw DiscreetError(
                    .busy, "Another process rotates the master key", hint: "Try again when it has ended.")
            }
            return try withExtendedLifetime(lock) {
                let wasBegun = try vault.rotation() != nil
                if wasBegun {
                    try checkPassphrase(newPassphraseFile, place)
                } else {
                    var passphrase = try newPassphrase(newPassphraseFile, place) ?? []
                    defer { ConstantTime.erase(&passphrase) }
                    try place.writeNext(passphrase: passphrase)
                    try vault.beginRotation()
                }
                let rotated = try finishRotation(place)
                return RotationReport(
                    rotated: rotated, resumed: wasBegun, keyFile: place.file.path,
                    publicKey: Hex.encode(vault.publicKey))
            }
        }
    }

    /// - Returns: How many users have a key.
    private func finishRotation(_ place: MasterKeyPlace) throws -> Int {
        guard let (id, phase) = try vault.rotation() else { throw VaultError.noNextKey }
        var rotated: Int?
        if phase == .rewrapping {
            try vault.resealSecrets()
            rotated = try vault.rewrapKeys { try Task.checkCancellation() }
            try log(rotation: Hex.encode(id))
            try vault.retireMasterKey()
        }
        // Only a file that is known to hold the new key takes the old one's place, and only then is the old one destroyed.
        if try vault.isNewMasterKey(in: .next) { try place.replace() }
        guard try vault.isNewMasterKey(in: .current) else { throw VaultError.noNextKey }
        if let salt = try place.saltInFile() {
            try location.write(salt: salt)
            try place.dropSalt()
        }
        try place.destroyOld()
        // What erasures from large files did not reach goes now.
        try ledger.truncateLogs(largestRewritten: vault.largestRewritten, limit: .max)
        try vault.emptyAfterRotation()
        try vault.endRotation()
        return try rotated ?? vault.keyCount()
    }

    /// One entry a rotation, however often it is taken up: whoever rotates holds the lock.
    private func log(rotation id: String) throws {
        let isLogged = try ledger.entries(ofType: "rotate").contains { $0.content["rotation"]?.stringValue == id }
        if !isLogged { try ledger.appendLog(type: "rotate", content: .object(["rotation": .string(id)])) }
    }

    /// A rotation that was begun leads to the passphrase that it was begun with, and to no other.
    private func checkPassphrase(_ path: String?, _ place: MasterKeyPlace) throws {
        guard let path else { return }
        guard case .passphrase = place.kind else { throw notByPassphrase }
        var given = try PassphraseFile.passphrase(in: URL(fileURLWithPath: path))
        defer { ConstantTime.erase(&given) }
        guard try place.isNewPassphrase(given) else {
            throw DiscreetError(
                .usage, "The rotation under way uses another passphrase (\(path))",
                hint: "Leave --new-passphrase-file out to finish it; then rotate again.")
        }
    }

    private var notByPassphrase: DiscreetError {
        DiscreetError(
            .usage, "This directory is not opened by a passphrase (\(location.directory.path))",
            hint: "Leave --new-passphrase-file out.")
    }

    private func newPassphrase(_ path: String?, _ place: MasterKeyPlace) throws -> [UInt8]? {
        switch (place.kind, path) {
        case (.passphrase, let path?):
            let file = URL(fileURLWithPath: path)
            if location.holds(file) {
                throw DiscreetError(
                    .usage, "The passphrase file may not lie inside the data directory (\(path))",
                    hint: "Choose a path outside \(location.directory.path).")
            }
            var old = try PassphraseFile.passphrase(in: place.file)
            defer { ConstantTime.erase(&old) }
            var new = try PassphraseFile.passphrase(in: file)
            guard !ConstantTime.areEqual(new, old) else {
                ConstantTime.erase(&new)
                throw DiscreetError(.usage, "The new passphrase is the one in force (\(path))", hint: "Choose another.")
            }
            return new
        case (.passphrase, nil):
            throw DiscreetError(
                .usage, "This directory is opened by a passphrase (\(location.directory.path))",
                hint: "Name a file that holds the new one with --new-passphrase-file.")
        case (_, _?): throw notByPassphrase
        case (_, nil): return nil
        }
    }

    /// The day since which the master key has been in use: of the last rotation or, without one, of `init`.
    func masterKeyDay() throws -> Day? {
        try (ledger.entries(ofType: "rotate").last ?? ledger.entries(ofType: "init").first)?.day
    }

    /// What wants doing about the master key.
    func keysDue(_ policy: Policy, today: Day = .today) throws -> [String] {
        if try vault.rotation() != nil {
            return ["a rotation of the master key is under way or was cut short: `discreet keys rotate` finishes it"]
        }
        guard let days = policy.keys?.rotateDays, let since = try masterKeyDay(), today.number - since.number >= days
        else {
            return []
        }
        return ["the master key has been in use since \(since), the policy allows \(days) days: `discreet keys rotate`"]
    }
}
