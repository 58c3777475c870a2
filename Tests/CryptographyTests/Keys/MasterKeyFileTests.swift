// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Cryptography

struct MasterKeyFileTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// A file of that text and mode.
    private func file(_ content: String, mode: Int = 0o600) throws -> URL {
        let url = folder.file(UUID().uuidString)
        try Data(content.utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        return url
    }

    private func mode(_ url: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue & 0o7777
    }

    private func reading(_ url: URL) -> CryptographyError? {
        thrown { _ = try MasterKey(contentsOf: url) }
    }

    private let digits = String(repeating: "0123456789abcdef", count: 4)

    @Test("a key that was written is read back as the same key, from 65 bytes of text in 0600 under 0700")
    func roundTrips() throws {
        let url = folder.file("a/b/directory.key")
        let master = try MasterKey(bytes: sequence(32, from: 200))
        try master.write(to: url)
        #expect(try String(contentsOf: url, encoding: .utf8) == Hex.encode(sequence(32, from: 200)) + "\n")
        #expect(try mode(url) == 0o600)
        #expect(try mode(folder.file("a")) == 0o700)
        #expect(try mode(folder.file("a/b")) == 0o700)
        let box = master.seal(text("x"), associatedData: [])
        #expect(try MasterKey(contentsOf: url).open(box, associatedData: []) == text("x"))
    }

    @Test("what exists is never overwritten: file, folder, link to nowhere")
    func neverOverwrites() throws {
        let existing = try file("precious")
        #expect(thrown { try MasterKey().write(to: existing) } == .exists(existing.path))
        #expect(try String(contentsOf: existing, encoding: .utf8) == "precious")
        #expect(thrown { try MasterKey().write(to: folder.url) } != nil)
        let link = folder.file("link")
        let target = folder.file("target").path
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: target)
        #expect(thrown { try MasterKey().write(to: link) } == .exists(link.path))
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test("a folder that cannot be made is named")
    func namesTheFolder() throws {
        let inTheWay = try file("a file, not a folder")
        let error = thrown { try MasterKey().write(to: inTheWay.appendingPathComponent("key")) }
        #expect(error?.description.contains(inTheWay.path) == true)
        guard case .cannotWrite = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test("upper-case digits and a missing newline are read")
    func readsTolerantly() throws {
        #expect(reading(try file(digits)) == nil)
        #expect(reading(try file(digits.uppercased() + "\n")) == nil)
        #expect(reading(try file(digits + "\n", mode: 0o400)) == nil)
    }

    @Test(
        "a file that group or others can touch is refused, and named with its cure",
        arguments: [
            0o644, 0o640, 0o604, 0o660, 0o606, 0o610, 0o601, 0o620, 0o602, 0o666, 0o777,
        ])
    func refusesSharedFiles(mode: Int) throws {
        let url = try file(digits + "\n", mode: mode)
        let error = reading(url)
        #expect(error == .readableByOthers(url.path))
        #expect(error?.description.contains("chmod 600 \(url.path)") == true)
    }

    @Test(
        "what is no key is refused without quoting it",
        arguments: [
            "", "\n", "00", "0123456789abcdef", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "a", count: 64) + "\r\n", String(repeating: "a", count: 64) + "\n\n",
            " " + String(repeating: "a", count: 64), String(repeating: "g", count: 64),
            String(repeating: "a", count: 63) + "\u{0}", String(repeating: "é", count: 32),
            String(repeating: "ab", count: 100_000),
        ])
    func refusesOtherText(content: String) throws {
        let url = try file(content)
        #expect(reading(url) == .notAKeyFile(url.path))
    }

    @Test("a missing file, a folder, a pipe, a loop of links and a link to nowhere are refused, each named")
    func refusesOtherThings() throws {
        let missing = folder.file("missing")
        #expect(reading(missing) == .notFound(missing.path))
        let pipe = folder.file("pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        let (a, b, nowhere) = (folder.file("a"), folder.file("b"), folder.file("nowhere"))
        try FileManager.default.createSymbolicLink(atPath: a.path, withDestinationPath: b.path)
        try FileManager.default.createSymbolicLink(atPath: b.path, withDestinationPath: a.path)
        try FileManager.default.createSymbolicLink(atPath: nowhere.path, withDestinationPath: missing.path)
        #expect(reading(nowhere) == .notFound(nowhere.path))
        for url in [folder.url, pipe, a] {
            guard case .cannotRead(let what) = reading(url) else { Issue.record("read \(url.path)"); continue }
            #expect(what.contains(url.path))
        }
    }

    @Test("a link to a key file is followed, and the file's own mode counts")
    func followsLinks() throws {
        for (mode, expected) in [(0o600, nil), (0o644, CryptographyError.readableByOthers("link"))] {
            let target = try file(digits + "\n", mode: mode)
            let link = folder.file(UUID().uuidString)
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: target.path)
            let error = reading(link)
            #expect((error == nil) == (expected == nil))
            if expected != nil { #expect(error == .readableByOthers(link.path)) }
        }
    }
}
