// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Discreet
import Foundation
import GRDB
import Ingestion
import Interactions
import Records
import TestSupport
import Testing
import Vault

/// What an attacker, a crash or a second process may try on a whole directory.
struct HardeningTests {
    private static let half = EpsilonAmount(decimal: "0.5", rounding: .up)
    private static let one = EpsilonAmount(decimal: "1", rounding: .up)

    private static func code(_ code: DiscreetError.Code) -> (any Error) -> Bool {
        { ($0 as? DiscreetError)?.code == code }
    }

    @Test("an older vault file put back does not bring an erased user back, nor their budget")
    func olderVaultDoesNotResurrect() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        let vault = demo.location.directory.appendingPathComponent("vault.sqlite")
        let copy = demo.home.appendingPathComponent("old.sqlite")
        // A backup as SQLite makes one: nothing of it waits in a log.
        try DatabaseQueue(path: vault.path).backup(to: DatabaseQueue(path: copy.path))
        _ = try await demo.engine.erase([user])
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: vault.path + suffix)
        }
        try FileManager.default.copyItem(at: copy, to: vault)
        let remains = try Data(contentsOf: vault)
        let reopened = try Engine(opening: demo.location)
        // Opening erases again: the file that came back is rewritten without the rows.
        #expect(try await reopened.status().due.isEmpty)
        #expect(try await reopened.status().users == 119)
        #expect(try Data(contentsOf: vault).count <= remains.count)
        let again = try await reopened.ingest([demo.events])
        #expect(again.accepted == 0)
        // What people said since the backup is lost: no run before somebody has said so.
        await #expect { _ = try await reopened.countItems(CountRequest(epsilon: Self.half)) } throws: {
            Self.code(.verificationFailed)($0)
        }
        _ = try await reopened.acknowledgeRestore(receipts: [])
        _ = try await reopened.countItems(CountRequest(epsilon: Self.half))
        #expect(try await reopened.budget(of: user).spent.epsilon == Self.half)
        #expect(try await reopened.budgetClasses().map(\.users).reduce(0, +) == 119)
    }

    @Test("a policy that was written into the log without the key is refused")
    func forgedPolicyIsRefused() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let forged = try CanonicalJSON.bytes(try await demo.engine.policyInForce().policy)
        let ledger = try BudgetLedger(
            opening: demo.location.directory, directoryID: try await demo.engine.status().directoryId,
            key: HashKey())
        let policy = try JSONValue.parse(
            Array(String(decoding: forged, as: UTF8.self).replacing("\"6\"", with: "\"60\"").utf8))
        let hash = Hex.encode(BLAKE2b.hash(try CanonicalJSON.bytes(policy)))
        try ledger.appendLog(type: "policy", content: .object(["policy": policy, "hash": .string(hash)]))
        await #expect { _ = try await demo.engine.policyInForce() } throws: { Self.code(.badConfiguration)($0) }
        await #expect {
            _ = try await demo.engine.countItems(CountRequest(epsilon: EpsilonAmount(decimal: "50", rounding: .up)))
        } throws: { Self.code(.badConfiguration)($0) }
    }

    @Test("an older policy of this directory, signed as it is, is no policy in another place of the log")
    func policyIsNotReplayed() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let ledger = try BudgetLedger(
            opening: demo.location.directory, directoryID: try await demo.engine.status().directoryId,
            key: HashKey())
        let older = try #require(try ledger.entries().last { $0.type == "policy" })
        _ = try await demo.engine.applyPolicy("research")
        try ledger.appendLog(type: "policy", content: older.content)
        await #expect { _ = try await demo.engine.policyInForce() } throws: { Self.code(.badConfiguration)($0) }
        #expect(try await demo.engine.verify().ok == false)
    }

    @Test("the answer to an objection is the same for an erased person and for one who never was")
    func objectionTellsNobodyApart() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.erase([user])
        let erased = try await demo.engine.record(.object, for: [.train], of: user).purposes
        #expect(try await demo.engine.record(.object, for: [.train], of: "never-was").purposes == erased)
    }

    @Test("a second training reads the count again for free, and its certificate stays within what was asked")
    func certificateStaysWithinTheAsk() async throws {
        let demo = try await DemoDirectory()
        for _ in 0..<2 {
            let report = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.one))
            #expect(try #require(report.certificate["epsilon"]?.doubleValue) <= 1)
        }
        let kinds = try await demo.engine.budget(of: try demo.someUser).charges.map(\.kind)
        #expect(kinds == ["count users", "train popularity", "train popularity"])
        // A hundredth of 0.5 would have been counted more coarsely than that: it still serves. A much dearer run counts anew.
        let three = EpsilonAmount(decimal: "3", rounding: .up)
        _ = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: three))
        #expect(
            try await demo.engine.budget(of: try demo.someUser).charges.map(\.kind).suffix(2) == [
                "count users", "train popularity",
            ])
    }

    @Test("who objects is in no run any more, and whoever restricts serving gets the list of an empty history")
    func objectionsAreHonoured() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.record(.object, for: [.train, .statistics], of: user)
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        _ = try await demo.engine.train(TrainRequest(kind: "mf", epsilon: Self.one))
        #expect(try await demo.engine.budget(of: user).charges.isEmpty)
        _ = try await demo.engine.record(.restrict, for: [.serve], of: user)
        let lists = try await demo.engine.recommend(RecommendRequest(audience: .users([user, "nobody"]), count: 5))
        #expect(lists.results[0].items.map(\.item) == lists.results[1].items.map(\.item))
    }

    @Test("a readmitted user comes back with the old spending, logged")
    func readmission() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        _ = try await demo.engine.erase([user])
        _ = try await demo.engine.readmit(user)
        let again = try await demo.engine.ingest([demo.events])
        #expect(again.accepted > 0)
        #expect(try await demo.engine.budget(of: user).spent.epsilon == Self.half)
        #expect(try await demo.engine.verify().ok)
    }

    @Test("an artifact serves under its own id alone, and a certificate needs its run in the ledger")
    func artifactsAreBoundToTheLog() async throws {
        let demo = try await DemoDirectory()
        let first = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half)).model.id
        let second = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half)).model.id
        let models = demo.location.directory.appendingPathComponent("models")
        let files = FileManager.default
        try files.moveItem(at: models.appendingPathComponent(first), to: models.appendingPathComponent("x"))
        try files.moveItem(at: models.appendingPathComponent(second), to: models.appendingPathComponent(first))
        try files.moveItem(at: models.appendingPathComponent("x"), to: models.appendingPathComponent(second))
        await #expect { _ = try await demo.engine.model(first) } throws: { Self.code(.verificationFailed)($0) }
        #expect(try await demo.engine.verify().ok == false)
    }

    @Test("a run that is stopped before its first step leaves no model and no charge")
    func stoppedBeforeTheFirstStep() async throws {
        let demo = try await DemoDirectory()
        let engine = demo.engine
        let task = Task { try await engine.train(TrainRequest(kind: "mf", epsilon: Self.one)) }
        task.cancel()
        await #expect(throws: DiscreetError.self) { _ = try await task.value }
        #expect(try await engine.models().isEmpty)
        // Counting the users came first and is kept; the training itself is returned.
        #expect(
            try await engine.budget(of: try demo.someUser).spent.epsilon <= EpsilonAmount(
                decimal: "0.01", rounding: .up)!)
    }

    @Test("a catalogue that loses items is found, and serves nothing of a model that had them")
    func shortCatalogueIsFound() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half))
        try await DatabaseQueue(path: demo.location.directory.appendingPathComponent("vault.sqlite").path).write {
            try $0.execute(sql: "DELETE FROM items WHERE position >= 10")
        }
        await #expect {
            _ = try await demo.engine.recommend(RecommendRequest(audience: .history(["item-01"])))
        } throws: { Self.code(.verificationFailed)($0) || Self.code(.badData)($0) }
        #expect(try await demo.engine.verify().ok == false)
    }

    @Test("a key under another name in the directory is found")
    func straysOfTheKeyAreFound() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let file = demo.location.directory.appendingPathComponent("notes.txt")
        let text = Data((String(repeating: "0f", count: 32) + "\n").utf8)
        #expect(
            FileManager.default.createFile(atPath: file.path, contents: text, attributes: [.posixPermissions: 0o600]))
        let report = try await demo.engine.verify()
        #expect(report.checks.first { $0.name == "directory" }?.ok == false)
    }

    @Test("a kept head finds a log that was cut, and a stranger verifies a certificate without the directory")
    func headsAndStrangers() async throws {
        let demo = try await DemoDirectory()
        let status = try await demo.engine.status()
        let head = demo.home.appendingPathComponent("head.json")
        try Data(try CanonicalJSON.bytes(status.logHead)).write(to: head)
        let report = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half))
        let certificate = demo.home.appendingPathComponent("certificate.json")
        try Data(try CanonicalJSON.bytes(report.certificate)).write(to: certificate)
        #expect(try await demo.engine.verify(VerifyRequest(head: head)).ok)
        let request = VerifyRequest(certificate: certificate)
        #expect(try Engine.verifyDocuments(request, publicKey: status.publicKey).ok)
        #expect(try Engine.verifyDocuments(request, publicKey: String(repeating: "00", count: 32)).ok == false)
    }

    /// The same certificate at another cost, signed by `key`.
    private func certificate(
        _ certificate: Certificate, moved units: Int64, _ key: borrowing SigningKey
    ) throws -> [UInt8] {
        func moved(_ cost: PrivacyAmounts) -> PrivacyAmounts {
            PrivacyAmounts(epsilon: EpsilonAmount(units: cost.epsilon.units + units), delta: cost.delta)
        }
        let runs = certificate.runs.map {
            CertifiedRun(
                run: $0.run, kind: $0.kind, purpose: $0.purpose, plan: $0.plan, cost: moved($0.cost),
                epsilonByAccountant: $0.epsilonByAccountant)
        }
        let other = Certificate(
            isPublicData: certificate.isPublicData, kind: certificate.kind, model: certificate.model, runs: runs,
            cost: PrivacyAmounts(
                epsilon: EpsilonAmount(units: runs.reduce(0) { $0 + $1.cost.epsilon.units }),
                delta: DeltaAmount(units: runs.reduce(0) { $0 + $1.cost.delta.units })),
            nominalUsers: certificate.nominalUsers,
            nominalUsersSource: certificate.nominalUsersSource, notes: certificate.notes,
            policyHash: certificate.policyHash, codeVersion: certificate.codeVersion, created: certificate.created,
            stoppedAt: certificate.stoppedAt, hashes: certificate.hashes, notCharged: certificate.notCharged)
        return try SignedDocument(signing: other, with: key).bytes
    }

    @Test("a certificate verifies where a logarithm has other last digits, and not at a lower cost")
    func lastDigits() async throws {
        let demo = try await DemoDirectory()
        let status = try await demo.engine.status()
        let report = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half))
        let own = try SignedDocument(parsing: CanonicalJSON.bytes(report.certificate)).verified(
            as: Certificate.self, publicKey: try #require(Hex.decode(status.publicKey)))
        let key = try SigningKey(seed: [UInt8](repeating: 4, count: SigningKey.seedLength))
        let file = demo.home.appendingPathComponent("certificate.json")
        for (units, isOK) in [(Int64(0), true), (-1, true), (-1_000_000, false)] {
            try Data(certificate(own, moved: units, key)).write(to: file)
            let answer = try Engine.verifyDocuments(
                VerifyRequest(certificate: file), publicKey: Hex.encode(key.publicKey))
            #expect(answer.ok == isOK, "\(units): \(answer.checks.map(\.detail))")
        }
    }

    @Test("entries of one type are those of the whole log, in order")
    func entriesByType() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        let ledger = try BudgetLedger(
            opening: demo.location.directory, directoryID: try await demo.engine.status().directoryId,
            key: HashKey())
        let all = try ledger.entries()
        for type in Set(all.map(\.type)).union(["never", "y", "\"}"]) {
            #expect(try ledger.entries(ofType: type) == all.filter { $0.type == type }, "\(type)")
        }
    }
}
