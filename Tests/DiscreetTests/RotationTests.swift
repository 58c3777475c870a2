// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import Foundation
import Ingestion
import Policies
import Records
import TestSupport
import Testing
import Vault

@testable import Discreet

/// `keys rotate` from the facade: files, log, and what old copies are worth afterwards.
struct RotationTests {
    /// F, F.next and F.old of a directory with a standard key file.
    private func keyFiles(_ demo: DemoDirectory) throws -> (file: URL, next: URL, old: URL) {
        let place = try demo.location.masterKeyPlace(demo.location.readConfiguration())
        return (place.file, place.next, place.old)
    }

    /// The bytes of all files in the folder of the key, and below it.
    private func keyFolder(_ demo: DemoDirectory) throws -> [Data] {
        let folder = try keyFiles(demo).file.deletingLastPathComponent()
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { try Data(contentsOf: $0) }
    }

    /// What must be the same before and after: what is known of somebody, by signature and pseudonym.
    private func facts(_ engine: Engine, _ user: String) async throws -> [String] {
        let status = try await engine.status()
        let lists = try await engine.recommend(RecommendRequest(audience: .users([user]), explain: true))
        return [status.publicKey, "\(status.users)", "\(lists.results.map { $0.items.map(\.item) })"]
    }

    @Test("the key is another, everything else is the same, and every check holds")
    func rotates() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.train(TrainRequest(kind: "popularity"))
        let user = try demo.someUser
        let before = try await facts(demo.engine, user)
        let (file, next, old) = try keyFiles(demo)
        let key = try Data(contentsOf: file)
        let report = try await demo.engine.rotateKeys()
        #expect(report.rotated == 120 && !report.resumed && report.publicKey == before[0])
        #expect(try Data(contentsOf: file) != key)
        for gone in [next, old] { #expect(!FileManager.default.fileExists(atPath: gone.path)) }
        // Whoever had it open, and whoever opens it.
        for engine in [demo.engine, try Engine(opening: demo.location)] {
            #expect(try await facts(engine, user) == before)
            #expect(try await engine.verify().checks.allSatisfy(\.ok))
            #expect(try await engine.checkKeys().checks.allSatisfy(\.ok))
            #expect(try await engine.status().due.isEmpty)
            #expect(try await engine.ingest([demo.events]).accepted == 0)
        }
        let logged = try await demo.engine.ledger.entries(ofType: "rotate")
        #expect(logged.count == 1)
        #expect(logged.first?.content["rotation"]?.stringValue?.utf8.count == 32)
        // And once more.
        #expect(try await Engine(opening: demo.location).rotateKeys().rotated == 120)
        #expect(try await demo.engine.ledger.entries(ofType: "rotate").count == 2)
        #expect(try await facts(demo.engine, user) == before)
    }

    @Test("the old key's bytes are nowhere beside the new one, and a copy from before opens with neither file")
    func destroysTheOldKey() async throws {
        let demo = try await DemoDirectory(users: 30, items: 20)
        let (file, _, _) = try keyFiles(demo)
        let old = try Data(contentsOf: file)
        let copy = demo.home.appendingPathComponent("copy")
        try FileManager.default.copyItem(at: demo.location.directory, to: copy)
        _ = try await demo.engine.rotateKeys()
        for bytes in try keyFolder(demo) {
            #expect(bytes.range(of: old.prefix(64)) == nil)
            #expect(bytes.range(of: Data(Hex.decode(String(decoding: old.prefix(64), as: UTF8.self)) ?? [])) == nil)
        }
        for (name, bytes) in try demo.files() { #expect(bytes.range(of: old.prefix(64)) == nil, "\(name)") }
        let location = DataLocation(data: copy.path, keyFile: file.path, environment: [:])
        let error = #expect(throws: DiscreetError.self) { try Engine(opening: location) }
        #expect(error?.code == .badConfiguration)
    }

    /// Where the process dies, and how many bytes of files it leaves.
    enum Cut: String, CaseIterable, Sendable {
        case halfWritten, written, begun, resealed, rewrapped, logged, retired, movedAway, replaced, destroyed, emptied
    }

    /// The steps of `finishRotation`, up to one of them, and inside `replace`.
    private func rotate(_ demo: DemoDirectory, upTo cut: Cut) async throws {
        let place = try demo.location.masterKeyPlace(demo.location.readConfiguration())
        let engine = try Engine(opening: demo.location)
        let (vault, ledger) = await (engine.vault, engine.ledger)
        let steps: [(Cut, () throws -> Void)] = [
            (.halfWritten, { try SecretFile.create(place.next, Array("0123".utf8)) }),
            (.written, { try place.writeNext(passphrase: nil) }), (.begun, { try vault.beginRotation() }),
            (.resealed, { try vault.resealSecrets() }), (.rewrapped, { _ = try vault.rewrapKeys() }),
            (
                .logged,
                {
                    let id = try #require(try vault.rotation()?.id)
                    try ledger.appendLog(type: "rotate", content: .object(["rotation": .string(Hex.encode(id))]))
                }
            ),
            (.retired, { try vault.retireMasterKey() }),
            (.movedAway, { try SecretFile.rename(place.file, to: place.old) }),
            (.replaced, { try place.replace() }), (.destroyed, { try place.destroyOld() }),
            (.emptied, { try vault.emptyAfterRotation() }),
        ]
        for (name, step) in steps {
            try step()
            if name == cut { return }
        }
    }

    @Test("cut short at any step, every command works, and the next rotation finishes it", arguments: Cut.allCases)
    func resumes(cut: Cut) async throws {
        let demo = try await DemoDirectory(users: 30, items: 20)
        _ = try await demo.engine.train(TrainRequest(kind: "popularity"))
        let user = try demo.someUser
        let before = try await facts(demo.engine, user)
        let (file, next, old) = try keyFiles(demo)
        let key = try Data(contentsOf: file)
        try await rotate(demo, upTo: cut)
        for engine in [demo.engine, try Engine(opening: demo.location)] {
            #expect(try await facts(engine, user) == before)
            #expect(try await engine.checkKeys().checks.allSatisfy(\.ok))
            #expect(try await engine.verify().checks.allSatisfy(\.ok))
            let due = try await engine.status().due
            #expect(due.count == ([.halfWritten, .written].contains(cut) ? 0 : 1), "\(due)")
            #expect(try await engine.ingest([demo.events]).accepted == 0)
        }
        let resuming = try Engine(opening: demo.location)
        let report = try await resuming.rotateKeys()
        #expect(report.resumed == ![.halfWritten, .written].contains(cut))
        #expect(report.rotated == 30)
        #expect(try Data(contentsOf: file) != key)
        for gone in [next, old] { #expect(!FileManager.default.fileExists(atPath: gone.path)) }
        for bytes in try keyFolder(demo) { #expect(bytes.range(of: key.prefix(64)) == nil) }
        for engine in [demo.engine, try Engine(opening: demo.location)] {
            #expect(try await facts(engine, user) == before)
            #expect(try await engine.status().due.isEmpty)
            #expect(try await engine.verify().checks.allSatisfy(\.ok))
        }
        #expect(try await demo.engine.ledger.entries(ofType: "rotate").count == 1)
    }

    @Test("a rotation whose new key is lost says so and destroys nothing")
    func lostNewKey() async throws {
        let demo = try await DemoDirectory(users: 30, items: 20)
        let (file, next, _) = try keyFiles(demo)
        let key = try Data(contentsOf: file)
        try await rotate(demo, upTo: .begun)
        let kept = try Data(contentsOf: next)
        try FileManager.default.removeItem(at: next)
        let error = #expect(throws: DiscreetError.self) { try Engine(opening: demo.location) }
        #expect(error?.code == .badConfiguration)
        #expect(try Data(contentsOf: file) == key)
        // Restored, it goes on.
        try SecretFile.create(next, Array(kept))
        #expect(try await Engine(opening: demo.location).rotateKeys().resumed)
    }

    @Test("a passphrase is replaced by another, in its own file")
    func passphrase() async throws {
        let folder = try TemporaryDirectory()
        func secret(_ name: String, _ text: String) throws -> String {
            let file = folder.file(name)
            try SecretFile.create(file, Array((text + "\n").utf8))
            return file.path
        }
        let file = try secret("passphrase", "seven green bottles")
        let location = DataLocation(data: folder.file("data").path, passphraseFile: file, environment: [:])
        let made = try Engine.create(at: location)
        let engine = try Engine(opening: location)
        let error = await #expect(throws: DiscreetError.self) { try await engine.rotateKeys() }
        #expect(error?.code == .usage)
        let same = try secret("same", "seven green bottles")
        let again = await #expect(throws: DiscreetError.self) { try await engine.rotateKeys(newPassphraseFile: same) }
        #expect(again?.code == .usage)
        let new = try secret("new", "eight brown barrels")
        let salt = try location.readConfiguration().key
        let report = try await engine.rotateKeys(newPassphraseFile: new)
        #expect(report.publicKey == made.publicKey)
        #expect(try location.readConfiguration().key != salt)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "eight brown barrels\n")
        #expect(try await Engine(opening: location).checkKeys().checks.allSatisfy(\.ok))
        #expect(try await engine.checkKeys().checks.allSatisfy(\.ok))
        let old = DataLocation(data: folder.file("data").path, passphraseFile: same, environment: [:])
        let refused = #expect(throws: DiscreetError.self) { try Engine(opening: old) }
        #expect(refused?.code == .badConfiguration)
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == [
                "data", "passphrase", "same", "new",
            ])
    }

    @Test(
        "a rotation under way is finished with its own passphrase, and no other is taken for it",
        arguments: [false, true])
    func resumesWithItsPassphrase(isReplaced: Bool) async throws {
        let folder = try TemporaryDirectory()
        func secret(_ name: String, _ text: String) throws -> String {
            try SecretFile.create(folder.file(name), Array((text + "\n").utf8))
            return folder.file(name).path
        }
        let file = try secret("passphrase", "seven green bottles")
        let location = DataLocation(data: folder.file("data").path, passphraseFile: file, environment: [:])
        _ = try Engine.create(at: location)
        let engine = try Engine(opening: location)
        let place = try location.masterKeyPlace(location.readConfiguration())
        let vault = await engine.vault
        try place.writeNext(passphrase: Array("eight brown barrels".utf8))
        try vault.beginRotation()
        if isReplaced {
            try vault.resealSecrets()
            _ = try vault.rewrapKeys()
            try vault.retireMasterKey()
            try place.replace()
        }
        let (other, own) = (try secret("other", "nine blue bags"), try secret("own", "eight brown barrels"))
        let error = await #expect(throws: DiscreetError.self) { try await engine.rotateKeys(newPassphraseFile: other) }
        #expect(error?.code == .usage && error?.description.contains("another passphrase") == true)
        #expect(try vault.rotation() != nil)
        #expect(try await engine.rotateKeys(newPassphraseFile: own).resumed)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "eight brown barrels\n")
        #expect(try await Engine(opening: location).checkKeys().checks.allSatisfy(\.ok))
    }

    /// Steps of a rotation of a passphrase, after which the process dies.
    enum PassphraseCut: CaseIterable, Sendable { case begun, movedAway, replaced, saltTold, saltDropped }

    @Test(
        "a new passphrase gets a new salt; cut short at any step, every command works, and the next rotation finishes it",
        arguments: PassphraseCut.allCases)
    func newSalt(cut: PassphraseCut) async throws {
        let folder = try TemporaryDirectory()
        func secret(_ name: String, _ text: String) throws -> String {
            try SecretFile.create(folder.file(name), Array((text + "\n").utf8))
            return folder.file(name).path
        }
        let file = try secret("passphrase", "seven green bottles")
        let location = DataLocation(data: folder.file("data").path, passphraseFile: file, environment: [:])
        let publicKey = try Engine.create(at: location).publicKey
        let before = try location.readConfiguration()
        let long = try Engine(opening: location)
        do {
            let place = try location.masterKeyPlace(before)
            let vault = await (try Engine(opening: location)).vault
            let steps: [(PassphraseCut, () throws -> Void)] = [
                (
                    .begun,
                    {
                        try place.writeNext(passphrase: Array("eight brown barrels".utf8))
                        try vault.beginRotation()
                    }
                ),
                (
                    .movedAway,
                    {
                        try vault.resealSecrets()
                        _ = try vault.rewrapKeys()
                        try vault.retireMasterKey()
                        try SecretFile.rename(place.file, to: place.old)
                    }
                ),
                (.replaced, { try place.replace() }),
                (.saltTold, { try location.write(salt: #require(try place.saltInFile())) }),
                (.saltDropped, { try place.dropSalt() }),
            ]
            for (name, step) in steps {
                try step()
                if name == cut { break }
            }
        }
        for engine in [long, try Engine(opening: location)] {
            #expect(try await engine.checkKeys().checks.allSatisfy(\.ok))
        }
        let report = try await Engine(opening: location).rotateKeys()
        #expect(report.resumed && report.publicKey == publicKey)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "eight brown barrels\n")
        let after = try location.readConfiguration()
        #expect(after.key != before.key)
        #expect(after.publicKey == before.publicKey && after.directoryID == before.directoryID)
        #expect(try await long.checkKeys().checks.allSatisfy(\.ok))
        #expect(try await long.status().due.isEmpty)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["data", "passphrase"])
        // A file made anew from what somebody remembers is enough.
        try FileManager.default.removeItem(atPath: file)
        _ = try secret("passphrase", "eight brown barrels")
        #expect(try await Engine(opening: location).checkKeys().checks.allSatisfy(\.ok))
    }

    @Test("a small file that root replaces stays whose it was", .enabled(if: geteuid() == 0))
    func owner() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("discreet.yaml")
        try DurableFile.write("one", to: file)
        try FileManager.default.setAttributes(
            [.ownerAccountID: 65_534, .groupOwnerAccountID: 65_533], ofItemAtPath: file.path)
        try DurableFile.write("two", to: file)
        let found = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(found[.ownerAccountID] as? UInt == 65_534 && found[.groupOwnerAccountID] as? UInt == 65_533)
        #expect(found[.posixPermissions] as? Int == 0o600)
        #expect(try String(contentsOf: file, encoding: .utf8) == "two")
    }

    @Test("of a passphrase file the first line counts, and a second one only if it says a salt")
    func secondLine() {
        let salt = [UInt8](0..<16)
        for (rest, found) in [
            ("", nil), ("\n", nil), ("\nsalt: ", nil), ("\nsalt: 000102030405060708090a0b0c0d0e0f", salt),
            ("\nsalt: 000102030405060708090a0b0c0d0e0f\nmore", salt), ("\nsalt: 000102030405060708090a0b0c0d0e0", nil),
            ("\nsalt: 000102030405060708090a0b0c0d0e0fff", nil), ("\nsalt: 000102030405060708090a0b0c0d0e0g", nil),
            ("\n\nsalt: 000102030405060708090a0b0c0d0e0f", nil), ("salt: 000102030405060708090a0b0c0d0e0f", nil),
        ] {
            let content = Array(("seven green bottles" + rest).utf8)
            #expect(PassphraseFile.salt(of: content) == found, "\(rest)")
            #expect(
                PassphraseFile.passphrase(of: content) == Array(("seven green bottles" + rest).utf8.prefix { $0 != 10 })
            )
        }
        let written = PassphraseFile.content(Array("eight brown barrels".utf8), salt: salt)
        #expect(PassphraseFile.salt(of: written) == salt)
        #expect(PassphraseFile.passphrase(of: written) == Array("eight brown barrels".utf8))
    }

    @Test("a key file that is a link is replaced where it lies")
    func link() async throws {
        let demo = try await DemoDirectory(users: 30, items: 20)
        let (file, _, _) = try keyFiles(demo)
        let real = demo.home.appendingPathComponent("mounted/real.key")
        try FileManager.default.createDirectory(
            at: real.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: file, to: real)
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: real)
        let key = try Data(contentsOf: real)
        // Also where the link leads nowhere for a moment.
        try await rotate(demo, upTo: .movedAway)
        #expect(!FileManager.default.fileExists(atPath: real.path))
        #expect(try await Engine(opening: demo.location).rotateKeys().resumed)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file.path) == real.path)
        #expect(try Data(contentsOf: real) != key)
        #expect(try await Engine(opening: demo.location).checkKeys().checks.allSatisfy(\.ok))
    }

    @Test("a file that somebody keeps under the name of the old key is left alone, and so is everything else")
    func nameIsTaken() async throws {
        let demo = try await DemoDirectory(users: 30, items: 20)
        let (file, next, old) = try keyFiles(demo)
        let key = try Data(contentsOf: file)
        try Data("mine".utf8).write(to: old)
        let error = await #expect(throws: DiscreetError.self) { try await demo.engine.rotateKeys() }
        #expect(error?.code == .exists)
        #expect(try Data(contentsOf: old) == Data("mine".utf8))
        #expect(try Data(contentsOf: file) == key)
        #expect(!FileManager.default.fileExists(atPath: next.path))
    }

    @Test("status says when the policy's days are over, and only then")
    func due() async throws {
        let text = try #require(Policy.shipped("gdpr"))
        let folder = try TemporaryDirectory()
        let policy = folder.file("policy.yaml")
        try Data((text + "\nkeys:\n  rotateDays: 90\n").utf8).write(to: policy)
        let demo = try await DemoDirectory(policy: policy.path, users: 30, items: 20)
        let rules = try Policy(yaml: String(contentsOf: policy, encoding: .utf8), file: "policy.yaml")
        #expect(rules.keys?.rotateDays == 90)
        let engine = demo.engine
        #expect(try await engine.keysDue(rules).isEmpty)
        let start = try #require(try await engine.masterKeyDay())
        #expect(try await engine.keysDue(rules, today: Day(number: start.number + 89)).isEmpty)
        let due = try await engine.keysDue(rules, today: Day(number: start.number + 90))
        #expect(
            due == ["the master key has been in use since \(start), the policy allows 90 days: `discreet keys rotate`"])
        // A run is not refused for it.
        _ = try await engine.countItems(CountRequest())
        _ = try await engine.rotateKeys()
        #expect(try await engine.masterKeyDay() == start)
        #expect(try await engine.ledger.entries(ofType: "rotate").count == 1)
    }
}
