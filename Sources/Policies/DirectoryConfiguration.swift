// SPDX-License-Identifier: Apache-2.0

/// What `discreet.yaml` says: which directory this is and what kind of key opens it. Public; holds no secret and no path.
public struct DirectoryConfiguration: Equatable, Sendable {
    /// Where the master key comes from.
    public enum Key: Equatable, Sendable {
        /// A key file: the standard one, or the one that the caller names.
        case file
        /// A passphrase, by Argon2id with this salt (hexadecimal).
        case passphrase(salt: String)
        /// A KMS, through a command that unwraps what lies beside this file.
        case command(KeyCommand)
    }

    /// 32 hexadecimal digits, made at `init`.
    public let directoryID: String
    /// The Ed25519 key that signs this directory's documents, hexadecimal.
    public let publicKey: String
    public let key: Key

    public init(directoryID: String, publicKey: String, key: Key) {
        (self.directoryID, self.publicKey, self.key) = (directoryID, publicKey, key)
    }

    /// - Throws: The key that is unknown, missing or malformed, with its line.
    public init(yaml: String, file: String) throws(PolicyError) {
        let root = try PolicySection(
            try PolicyText.root(of: yaml, file: file), file: file, line: 1, prefix: "",
            allowed: ["version", "directory", "publicKey", "key", "salt", "command"])
        _ = try root.required("version", allowed: "1") { $0 == "1" ? $0 : nil }
        directoryID = try root.required("directory", allowed: Self.hex(16)) { Self.isHex($0, bytes: 16) ? $0 : nil }
        publicKey = try root.required("publicKey", allowed: Self.hex(32)) { Self.isHex($0, bytes: 32) ? $0 : nil }
        let kind = try root.required("key", allowed: "file, passphrase or command") {
            ["file", "passphrase", "command"].contains($0) ? $0 : nil
        }
        let salt = try root.value("salt", allowed: Self.hex(16)) { Self.isHex($0, bytes: 16) ? $0 : nil }
        let command = try root.value("command", allowed: KeyCommand.allowed) { KeyCommand($0) }
        switch kind {
        case "passphrase":
            guard let salt else { throw root.missing("salt", Self.hex(16)) }
            key = .passphrase(salt: salt)
        case "command":
            guard let command else { throw root.missing("command", KeyCommand.allowed) }
            key = .command(command)
        default: key = .file
        }
    }

    /// The text of the file.
    public var yaml: String {
        var lines = [
            "# This directory belongs to Discreet. Written by init and by keys rotate.", "version: 1",
            "directory: \(directoryID)",
            "publicKey: \(publicKey)",
        ]
        switch key {
        case .file: lines.append("key: file")
        case .passphrase(let salt): lines += ["key: passphrase", "salt: \(salt)"]
        case .command(let command): lines += ["key: command", "command: \(command.text)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func hex(_ bytes: Int) -> String { "\(2 * bytes) lower-case hexadecimal digits" }
    private static func isHex(_ text: String, bytes: Int) -> Bool {
        text.utf8.count == 2 * bytes && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
