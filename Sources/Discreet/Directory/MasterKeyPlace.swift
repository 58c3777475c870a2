// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Policies
import Vault

/// The file that the master key of a directory comes from, F, and what a rotation makes beside it.
///
/// While a key is rotated, F.next is what takes F's place. Then F becomes F.old and F.next becomes F, and F.old is overwritten and
/// removed. Cut short in between, F or F.next is always there, and what is there is enough for every command.
struct MasterKeyPlace: Sendable {
    enum Kind: Sendable {
        /// The key in hexadecimal digits.
        case keyFile
        /// A passphrase, from which the key is derived. The salt is that of `discreet.yaml`, unless the file says it itself.
        case passphrase(salt: @Sendable () throws -> [UInt8])
        /// The key as a KMS has wrapped it.
        case command(KeyCommandClient)
    }

    let kind: Kind
    /// F. Links are resolved: what is replaced is the file, not a link to it.
    let file: URL

    init(kind: Kind, file: URL) { (self.kind, self.file) = (kind, Self.target(of: file)) }

    /// Where links lead, also to a file that is just being replaced.
    private static func target(of file: URL) -> URL {
        var file = file
        for _ in 0..<16 {  // a circle of links ends at some link, which is then no key file
            guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: file.path) else { break }
            file = URL(fileURLWithPath: path, relativeTo: file.deletingLastPathComponent()).standardizedFileURL
        }
        return file
    }

    var next: URL { beside(".next") }
    var old: URL { beside(".old") }

    private func beside(_ suffix: String) -> URL {
        file.deletingLastPathComponent().appendingPathComponent(file.lastPathComponent + suffix)
    }

    /// The key to begin with: F's or, between two steps of a rotation, F.next's.
    /// - Throws: What is wrong with F, if that is what is wrong.
    func current() throws -> MasterKey {
        // F twice: F.next may have become F in between.
        for url in [file, next, file] {
            guard var content = try content(of: url) else { continue }
            defer { ConstantTime.erase(&content) }
            return try key(content, of: url)
        }
        throw missing
    }

    private var missing: any Error {
        switch kind {
        case .keyFile: CryptographyError.notFound(file.path)
        case .passphrase:
            DiscreetError(
                .notFound, "Cannot read the passphrase file (\(file.path))", hint: "Check the path and its permissions."
            )
        case .command:
            DiscreetError(
                .notFound, "The wrapped master key is missing (\(file.path))", hint: "Restore it from a backup.")
        }
    }

    /// For a vault that follows rotations.
    var source: MasterKeySource {
        MasterKeySource { place in
            let url = place == .next ? next : file
            guard var content = try content(of: url) else { return nil }
            defer { ConstantTime.erase(&content) }
            return try key(content, of: url)
        }
    }

    private func read(_ url: URL) throws -> [UInt8] {
        switch kind {
        case .keyFile: try MasterKey.text(of: url)
        case .passphrase: try PassphraseFile.read(url)
        case .command: try SecretFile.read(url, atMost: KeyCommandClient.longestWrapped + 64)
        }
    }

    /// nil where there is no such file.
    private func content(of url: URL) throws -> [UInt8]? {
        do {
            return try read(url)
        } catch CryptographyError.notFound {
            return nil
        } catch let error as DiscreetError where error.code == .notFound {
            return nil
        }
    }

    private func key(_ content: [UInt8], of url: URL) throws -> MasterKey {
        switch kind {
        case .keyFile: return try MasterKey(text: content, of: url)
        case .passphrase(let salt):
            var passphrase = PassphraseFile.passphrase(of: content)
            defer { ConstantTime.erase(&passphrase) }
            // In this order: a file that does not say it any more was rewritten after discreet.yaml.
            return try MasterKey(passphrase: passphrase, salt: PassphraseFile.salt(of: content) ?? salt())
        case .command(let client):
            guard let wrapped = KeyCommandClient.value(of: "wrapped", in: content) else {
                throw DiscreetError(
                    .badConfiguration, "This is no wrapped master key (\(url.path))", hint: "Restore it from a backup.")
            }
            return try client.unwrap(wrapped)
        }
    }
}

// What a rotation does with the files.
extension MasterKeyPlace {
    /// Writes F.next, 0600, durable on return. One that a rotation left which never began is taken up, or replaced if it is damaged or
    /// holds another passphrase: nothing is under its key.
    /// - Parameter passphrase: the new one, which gets a new salt; needed for a passphrase, and for nothing else.
    func writeNext(passphrase: [UInt8]?) throws {
        guard !exists(old) else { throw CryptographyError.exists(old.path) }
        switch kind {
        case .keyFile:
            if exists(next) {
                if try isKey(next) { return }
                try SecretFile.destroy(next)
            }
            let key = MasterKey()
            try key.withHexadecimal(ending: [UInt8(ascii: "\n")]) { try SecretFile.create(next, $0, ownedAs: file) }
        case .passphrase:
            var text = PassphraseFile.content(passphrase ?? [], salt: SystemRandom.bytes(16))
            defer { ConstantTime.erase(&text) }
            if exists(next) { try SecretFile.destroy(next) }
            try SecretFile.create(next, text, ownedAs: file)
        case .command(let client):
            let key = MasterKey()
            let wrapped = try client.wrap(key)
            if exists(next) { try SecretFile.destroy(next) }
            try SecretFile.create(next, Self.text(ofWrapped: wrapped), ownedAs: file)
        }
    }

    /// Whether a rotation that was begun leads to this passphrase: F.next's or, once that has become F, F's.
    func isNewPassphrase(_ passphrase: [UInt8]) throws -> Bool {
        guard var wanted = try content(of: next) ?? content(of: file) else { throw missing }
        defer { ConstantTime.erase(&wanted) }
        var line = PassphraseFile.passphrase(of: wanted)
        defer { ConstantTime.erase(&line) }
        return ConstantTime.areEqual(passphrase, line)
    }

    /// The salt that F says itself; nil where it says none, and for other kinds of keys.
    func saltInFile() throws -> [UInt8]? {
        guard case .passphrase = kind, var content = try content(of: file) else { return nil }
        defer { ConstantTime.erase(&content) }
        return PassphraseFile.salt(of: content)
    }

    /// Takes the salt out of F again. To be called when `discreet.yaml` says it.
    ///
    /// In place: a new file would leave the passphrase in blocks that nobody overwrites when its time is over.
    func dropSalt() throws {
        guard try saltInFile() != nil else { return }
        var line = try PassphraseFile.passphrase(in: file)
        defer { ConstantTime.erase(&line) }
        do {
            let handle = try FileHandle(forWritingTo: file)
            defer { try? handle.close() }
            try handle.truncate(atOffset: UInt64(line.count + 1))
            try handle.synchronize()
        } catch {
            throw DiscreetError(
                .io, "Cannot write (\(file.path))", hint: "Check the file's permissions and the disk.")
        }
    }

    /// The content of the file that holds a wrapped key.
    static func text(ofWrapped wrapped: [UInt8]) -> [UInt8] {
        Array("{\"wrapped\":\"".utf8) + wrapped + Array("\"}\n".utf8)
    }

    /// False for a file that its writer did not finish.
    private func isKey(_ url: URL) throws -> Bool {
        var text = try MasterKey.text(of: url)
        defer { ConstantTime.erase(&text) }
        do {
            let key = try MasterKey(text: text, of: url)
            return !key.fingerprint().isEmpty
        } catch CryptographyError.notAKeyFile {
            return false
        }
    }

    /// Puts F.next in F's place, if it is not there yet. F becomes F.old.
    func replace() throws {
        guard exists(next) else { return }
        if exists(file) { try SecretFile.rename(file, to: old) }
        try SecretFile.rename(next, to: file)
    }

    /// Overwrites and removes F.old.
    func destroyOld() throws { try SecretFile.destroy(old) }

    private func exists(_ url: URL) -> Bool { access(url.path, F_OK) == 0 }
}
