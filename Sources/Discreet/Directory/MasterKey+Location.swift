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
        case (.passphrase(let file), .passphrase(let salt)):
            return MasterKeyPlace(kind: .passphrase(salt: Hex.decode(salt) ?? []), file: file)
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

    /// A master key must never lie in the data directory: a copy of the directory would carry it along.
    func refuseKeyInside(_ file: URL) throws(DiscreetError) {
        if holds(file) {
            throw DiscreetError(
                .usage, "The key file may not lie inside the data directory (\(file.path))",
                hint: "Choose a path outside \(directory.path).")
        }
    }

    /// The first line of the file, without its end.
    static func passphrase(in file: URL) throws(DiscreetError) -> [UInt8] {
        let mode = try? FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        guard (mode ?? 0) & 0o077 == 0 else {
            throw DiscreetError(
                .badConfiguration, "Others may read the passphrase file (\(file.path))",
                hint: "Run chmod 600 \(file.path).")
        }
        guard var text = try? Data(contentsOf: file) else {
            throw DiscreetError(
                .notFound, "Cannot read the passphrase file (\(file.path))", hint: "Check the path and its permissions."
            )
        }
        defer { text.resetBytes(in: text.startIndex..<text.endIndex) }
        var line = Array(text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        guard line.count >= 12 else {
            ConstantTime.erase(&line)
            throw DiscreetError(
                .badConfiguration, "The passphrase has fewer than 12 bytes (\(file.path):1)",
                hint: "Choose a longer one: five random words do.")
        }
        return line
    }
}
