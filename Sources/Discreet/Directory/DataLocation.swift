// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Where a data directory and its master key are.
public struct DataLocation: Sendable {
    /// Where the master key comes from.
    public enum KeySource: Sendable {
        /// `$XDG_CONFIG_HOME/discreet/<directory id>.key`.
        case standard
        case file(URL)
        /// A file whose first line is a passphrase; the key is derived by Argon2id.
        case passphrase(file: URL)
        /// The command line of a KMS client: for a directory that is to be made. One that is there knows its own.
        case command(String)
    }

    public let directory: URL
    public let key: KeySource
    private let configurationHome: URL

    /// Resolves as CONTRACT says: `data`, else `DISCREET_HOME`, else `./discreet-data`; `keyFile`, else
    /// `DISCREET_KEY_FILE`, else the standard place. A passphrase file or a key command goes before both.
    public init(
        data: String? = nil, keyFile: String? = nil, passphraseFile: String? = nil, keyCommand: String? = nil,
        environment: [String: String]
    ) {
        func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let home = set("HOME") ?? NSHomeDirectory()
        directory =
            URL(fileURLWithPath: data ?? set("DISCREET_HOME") ?? "discreet-data", isDirectory: true)
            .standardizedFileURL
        configurationHome = URL(fileURLWithPath: set("XDG_CONFIG_HOME") ?? home + "/.config", isDirectory: true)
        if let passphraseFile {
            key = .passphrase(file: URL(fileURLWithPath: passphraseFile))
        } else if let keyCommand {
            key = .command(keyCommand)
        } else if let file = keyFile ?? set("DISCREET_KEY_FILE") {
            key = .file(URL(fileURLWithPath: file))
        } else {
            key = .standard
        }
    }

    /// The standard key file of the directory with this id.
    func standardKeyFile(directoryID: String) -> URL {
        configurationHome.appendingPathComponent("discreet", isDirectory: true)
            .appendingPathComponent(directoryID + ".key")
    }

    /// Whether `file` lies in the data directory, symbolic links resolved: a key must not.
    func holds(_ file: URL) -> Bool {
        let inside = directory.resolvingSymlinksInPath().pathComponents
        // A file that is not there yet resolves by its folder.
        let folder = file.deletingLastPathComponent().resolvingSymlinksInPath().pathComponents
        let itself = file.resolvingSymlinksInPath().deletingLastPathComponent().pathComponents
        return folder.starts(with: inside) || itself.starts(with: inside)
    }

    /// The master key as a KMS has wrapped it: {"wrapped":"…"}.
    var wrappedKeyFile: URL { path("master.wrapped") }

    func path(_ name: String) -> URL { directory.appendingPathComponent(name) }
}
