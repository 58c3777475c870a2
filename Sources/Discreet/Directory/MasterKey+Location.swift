// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Policies

extension DataLocation {
    /// The key file that belongs to this location, nil where the key comes from a passphrase or a KMS.
    func keyFile(directoryID: String) -> URL? {
        switch key {
        case .standard: standardKeyFile(directoryID: directoryID)
        case .file(let file): file
        case .passphrase, .command: nil
        }
    }

    /// Where the master key of an existing directory is.
    func masterKeyPlace(_ configuration: DirectoryConfiguration) throws -> MasterKeyPlace {
        switch (key, configuration.key) {
        case (.passphrase(let file), .passphrase):
            return MasterKeyPlace(kind: .passphrase(salt: { try self.salt() }), file: file)
        case (.standard, .command(let command)), (.command, .command(let command)):
            let client = KeyCommandClient(command: command, directoryID: configuration.directoryID)
            return MasterKeyPlace(kind: .command(client), file: wrappedKeyFile)
        case (_, .command):
            throw DiscreetError(
                .usage, "This directory is opened by a key command, which discreet.yaml names (\(directory.path))",
                hint: "Leave --key-file, DISCREET_KEY_FILE and --passphrase-file out.")
        case (.command, _):
            throw DiscreetError(
                .usage, "This directory is not opened by a key command (\(directory.path))",
                hint: "Name the key with --key-file or --passphrase-file.")
        case (.passphrase, .file):
            throw DiscreetError(
                .usage, "This directory is opened by a key file, not by a passphrase (\(directory.path))",
                hint: "Leave --passphrase-file out, or name the key with --key-file.")
        case (_, .passphrase):
            throw DiscreetError(
                .usage, "This directory is opened by a passphrase (\(directory.path))",
                hint: "Name the file that holds it with --passphrase-file.")
        case (_, .file):
            let file = keyFile(directoryID: configuration.directoryID) ?? directory
            try refuseKeyInside(file)
            return MasterKeyPlace(kind: .keyFile, file: file)
        }
    }

    /// What `discreet.yaml` says now: a rotation changes it.
    private func salt() throws -> [UInt8] {
        guard case .passphrase(let salt) = try readConfiguration().key else { return [] }
        return Hex.decode(salt) ?? []
    }

    /// Says in `discreet.yaml` that the passphrase in force has this salt.
    func write(salt: [UInt8]) throws {
        let before = try readConfiguration()
        let after = DirectoryConfiguration(
            directoryID: before.directoryID, publicKey: before.publicKey, key: .passphrase(salt: Hex.encode(salt)))
        if after != before { try DurableFile.write(after.yaml, to: path("discreet.yaml")) }
    }

    /// A master key must never lie in the data directory: a copy of the directory would carry it along.
    func refuseKeyInside(_ file: URL) throws(DiscreetError) {
        if holds(file) {
            throw DiscreetError(
                .usage, "The key file may not lie inside the data directory (\(file.path))",
                hint: "Choose a path outside \(directory.path).")
        }
    }
}
