// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation
import Ingestion
import Records
import TestSupport
import Testing

/// The main job through the facade, on synthetic data.
struct StoryTests {
    private static let three = EpsilonAmount(decimal: "3", rounding: .up)
    private static let half = EpsilonAmount(decimal: "0.5", rounding: .up)

    @Test("a directory is private, its key lies elsewhere, and it is never made twice")
    func initIsPrivateAndOnce() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let mode = try FileManager.default.attributesOfItem(atPath: demo.location.directory.path)[.posixPermissions]
        #expect(mode as? Int == 0o700)
        for file in try demo.files() {
            let path = demo.location.directory.appendingPathComponent(file.name).path
            #expect(
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600,
                "\(file.name)")
            #expect(!file.name.hasSuffix(".key"))
        }
        #expect { _ = try Engine.create(at: demo.location, policy: nil) } throws: {
            ($0 as? DiscreetError)?.code == .exists
        }
    }

    @Test("the same events again change nothing and are called duplicates")
    func ingestIsIdempotent() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let first = try await demo.engine.ingest([demo.events])
        let again = try await demo.engine.ingest([demo.events])
        #expect(first.accepted == first.read && first.duplicates == 0 && first.read > 1000)
        #expect(again.accepted == 0 && again.duplicates == again.read && again.read == first.read)
    }

    @Test("no id and no time of an event is on the disk in clear")
    func nothingIsInClear() async throws {
        let demo = try await DemoDirectory()
        let rows = try String(contentsOfFile: demo.events, encoding: .utf8).split(whereSeparator: \.isNewline)
            .dropFirst()
        let files = try demo.files()
        for row in rows.prefix(200) {
            let cells = row.split(separator: ",")
            var time = Int64(cells[3])!.littleEndian
            let littleEndian = withUnsafeBytes(of: &time) { Data($0) }
            for needle in [Data(cells[0].utf8), Data(cells[3].utf8), littleEndian, Data(littleEndian.reversed())] {
                for file in files { #expect(file.bytes.range(of: needle) == nil, "\(cells[0]) in \(file.name)") }
            }
        }
    }

    @Test("counts cost what they say, before they are there, and cover the catalogue in order")
    func countsAreCharged() async throws {
        let demo = try await DemoDirectory()
        let report = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        #expect(report.counts.count == 60)
        #expect(report.privacy.epsilon == Self.half && report.privacy.delta == .zero)
        let budget = try await demo.engine.budget(of: try demo.someUser)
        #expect(budget.spent.epsilon == Self.half)
        #expect(budget.charges.map(\.kind) == ["count items"])
        let verification = try await demo.engine.verifyBudget()
        #expect(verification.ok && verification.charges == 1)
    }

    @Test("training charges exactly what was asked, counting users included, and the certificate verifies")
    func trainingIsCharged() async throws {
        let demo = try await DemoDirectory()
        let report = try await demo.engine.train(
            TrainRequest(kind: "mf", epsilon: Self.three, settings: ["rank": "4", "steps": "16"]))
        let budget = try await demo.engine.budget(of: try demo.someUser)
        #expect(budget.charges.map(\.kind) == ["count users", "train mf"])
        #expect(budget.charges[0].privacy.epsilon == EpsilonAmount(decimal: "0.03", rounding: .up))
        let total = budget.charges.reduce(EpsilonAmount.zero) { $0 + $1.privacy.epsilon }
        #expect(total <= Self.three! && total.value > 2.99)
        #expect(report.certificate["exact"]?.stringValue?.hasPrefix(total.description + ",") == true)
        let verdict = try await demo.engine.verify()
        #expect(verdict.ok, "\(verdict.checks.filter { !$0.ok })")
        // The count of users is read again for free.
        _ = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half))
        #expect(try await demo.engine.budget(of: try demo.someUser).charges.map(\.kind).last == "train popularity")
    }

    @Test("lists leave out what was seen; reasons are own items whose shares sum to 1")
    func recommendationsAreExplained() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.train(TrainRequest(kind: "mf", epsilon: Self.three))
        let user = try demo.someUser
        let report = try await demo.engine.recommend(
            RecommendRequest(audience: .users([user, "nobody"]), count: 5, explain: true))
        let seen = Set(
            try String(contentsOfFile: demo.events, encoding: .utf8).split(whereSeparator: \.isNewline)
                .filter { $0.hasPrefix(user + ",") }.map { String($0.split(separator: ",")[1]) })
        #expect(report.results.map(\.items.count) == [5, 5])
        for item in report.results[0].items {
            #expect(!seen.contains(item.item))
            let because = item.because ?? []
            #expect(Set(because.map(\.item)).isSubset(of: seen))
            // Shares are quotients of Doubles: their sum rounds.
            #expect(abs(because.reduce(0) { $0 + $1.share } - 1) < 1e-9)
        }
        #expect(report.results[1].items.allSatisfy { $0.because?.isEmpty == true })
    }

    @Test("a run that costs more than the policy lets anybody spend is refused and charges nothing")
    func unaffordableRunsAreRefused() async throws {
        let demo = try await DemoDirectory()
        let ten = EpsilonAmount(decimal: "10", rounding: .up)
        await #expect { _ = try await demo.engine.train(TrainRequest(kind: "mf", epsilon: ten)) } throws: {
            ($0 as? DiscreetError)?.code == .refused
        }
        await #expect { _ = try await demo.engine.train(TrainRequest(kind: "mf", epsilon: .infinity)) } throws: {
            ($0 as? DiscreetError)?.code == .refused
        }
        #expect(try await demo.engine.budget(of: try demo.someUser).charges.isEmpty)
    }

    @Test("an erased user is gone, stays gone, keeps their spending, and looks like one who never was")
    func erasureIsFinal() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        let user = try demo.someUser
        let erased = try await demo.engine.erase([user])
        let stranger = try await demo.engine.erase(["never-was"])
        #expect(erased.erased == 1 && erased.pending == 0 && stranger.erased == 1)
        #expect(erased.receipt.objectValue?.keys.sorted() == stranger.receipt.objectValue?.keys.sorted())
        #expect(try await demo.engine.budget(of: user).spent.epsilon == Self.half)
        let again = try await demo.engine.ingest([demo.events])
        #expect(again.accepted == 0 && again.duplicates == again.read)
        _ = try await demo.engine.train(TrainRequest(kind: "popularity", epsilon: Self.half))
        #expect(try await demo.engine.budget(of: user).spent.epsilon == Self.half)
        let lists = try await demo.engine.recommend(RecommendRequest(audience: .users([user, "never-was"]), count: 5))
        #expect(lists.results[0].items.map(\.item) == lists.results[1].items.map(\.item))
        #expect(try await demo.engine.verify().ok)
    }

    @Test("a receipt verifies with the directory's key, and not once a byte is changed")
    func receiptsVerify() async throws {
        let demo = try await DemoDirectory()
        let receipt = try await demo.engine.erase([try demo.someUser]).receipt
        let file = demo.home.appendingPathComponent("receipt.json")
        var bytes = try CanonicalJSON.bytes(receipt)
        try Data(bytes).write(to: file)
        #expect(try await demo.engine.verify(VerifyRequest(receipt: file)).ok)
        let position = Data(bytes).range(of: Data("tombstone".utf8))!.upperBound + 5
        bytes[position] = bytes[position] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        try Data(bytes).write(to: file)
        #expect(try await demo.engine.verify(VerifyRequest(receipt: file)).ok == false)
    }

    @Test("stored histories are evaluated in a directory of public data alone")
    func evaluationNeedsPublicData() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.train(TrainRequest(kind: "mf", epsilon: Self.three))
        await #expect { _ = try await demo.engine.evaluate(EvaluateRequest(testFile: demo.test)) } throws: {
            ($0 as? DiscreetError)?.code == .refused
        }
        let metrics = try await demo.engine.evaluate(EvaluateRequest(testFile: demo.test, foldInFile: demo.events))
        #expect(metrics.users == 120)
    }

    @Test("without privacy, on public data, mf beats popularity clearly: the learner works")
    func learnerWorks() async throws {
        let demo = try await DemoDirectory(policy: "benchmark", users: 600, items: 200)
        let report = try await demo.engine.train(TrainRequest(kind: "mf", epsilon: .infinity))
        #expect(report.certificate["PUBLIC DATA"] != nil)
        let metrics = try await demo.engine.evaluate(EvaluateRequest(testFile: demo.test))
        let (model, popularity) = (metrics.metrics["recall@20"]!, metrics.baseline.metrics["recall@20"]!)
        #expect(model > 1.3 * popularity, "\(model) against \(popularity)")
    }

    @Test("a policy file that was edited by hand stops runs until it is applied")
    func editedPolicyIsRefused() async throws {
        let demo = try await DemoDirectory()
        let file = demo.location.directory.appendingPathComponent("policy.yaml")
        let text = try String(contentsOf: file, encoding: .utf8).replacingOccurrences(
            of: "epsilon: 6", with: "epsilon: 12")
        try text.write(to: file, atomically: false, encoding: .utf8)
        await #expect { _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
            ($0 as? DiscreetError)?.code == .badConfiguration
        }
        _ = try await demo.engine.applyPolicy(file.path)
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
    }
}
