// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Testing

@testable import Records

struct CertificateTests {
    static func certificate(isPublicData: Bool = false, epsilon: EpsilonAmount? = nil) throws -> Certificate {
        let count = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: try #require(Rational(100, 3)), bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1),
                dimension: 1))
        let step = PrivacyEvent.gaussianSum(
            GaussianSumEvent(samplingProbability: 0.1, clippingNorm: 1, noiseMultiplier: 1.1, dimension: 1000))
        let cost = PrivacyAmounts(
            epsilon: try epsilon ?? #require(EpsilonAmount(decimal: "3", rounding: .up)),
            delta: try #require(DeltaAmount(decimal: "1e-6", rounding: .up)))
        return Certificate(
            isPublicData: isPublicData, kind: "mf", model: "mf-1",
            runs: [
                CertifiedRun(
                    run: RunID(hex: "00"), kind: "count users", purpose: "train", plan: RunPlan(count),
                    cost: PrivacyAmounts(
                        epsilon: try #require(EpsilonAmount(decimal: "0.03", rounding: .up)), delta: .zero),
                    epsilonByAccountant: ["exact": 0.03]),
                CertifiedRun(
                    run: RunID(hex: "01"), kind: "train mf", purpose: "train",
                    plan: RunPlan([.init(event: step, count: 500)]), cost: cost,
                    epsilonByAccountant: ["rdp": 2.97, "none": PrivacyNumber(.infinity)]),
            ],
            cost: cost, nominalUsers: 940, nominalUsersSource: "count", policyHash: PolicyHash(hex: "ab"),
            codeVersion: "0.1.0", created: Day(number: 20_781), stoppedAt: 250,
            hashes: ArtifactHashes(model: "cd", tensors: "ef"))
    }

    @Test("a certificate comes back from its signed document as it was")
    func roundTrips() throws {
        let key = try SigningKey(seed: sequence(32))
        for certificate in [try Self.certificate(), try Self.certificate(isPublicData: true, epsilon: .infinity)] {
            let document = try SignedDocument(signing: certificate, with: key)
            let again = try SignedDocument(parsing: document.bytes)
            #expect(try again.verified(as: Certificate.self, publicKey: key.publicKey) == certificate)
        }
    }

    @Test("it says what the design asks, in JSON numbers with exact strings beside them")
    func saysEverything() throws {
        let value = try JSONValue(encoding: Self.certificate())
        #expect(value["format"] == "discreet-certificate" && value["version"] == 1)
        #expect(value["unit"] == "user" && value["adjacency"] == "addOrRemoveUser")
        #expect(value["trust"] == "central; joint DP" && value["publicData"] == false)
        #expect(value["epsilon"] == 3 && value["delta"] == .number(1e-6))
        #expect(value["exact"] == "3,0.000001")
        #expect(value["created"] == "2026-11-24" && value["stoppedAt"] == 250)
        #expect(value["nominalUsers"] == 940 && value["nominalUsersSource"] == "count")
        #expect(value["hashes"] == ["model": "cd", "tensors": "ef"])
        let runs = try #require(value["runs"]?.arrayValue)
        #expect(runs.count == 2 && runs[1]["epsilonByAccountant"] == ["rdp": 2.97, "none": "infinity"])
        #expect(runs[1]["plan"]?["stretches"]?.arrayValue?[0]["count"] == 500)
        #expect(value["notCharged"]?.arrayValue?.isEmpty == false)
        let statement = try #require(value["statement"]?.stringValue)
        for word in ["ChaCha20", "computational", "one user account", "notCharged"] {
            #expect(statement.contains(word))
        }
    }

    @Test("no certificate speaks of anonymity, of seconds or of how many took part")
    func saysNothingItMustNot() throws {
        for isPublicData in [false, true] {
            let value = try JSONValue(encoding: Self.certificate(isPublicData: isPublicData))
            let all = String(decoding: try CanonicalJSON.bytes(value), as: UTF8.self).lowercased()
            for word in ["anonym", "seconds", "duration", "cohort", "members", "compliant"] {
                #expect(!all.contains(word), "\(word)")
            }
        }
    }

    @Test("PUBLIC DATA stands first, in the document and in the statement, and only there")
    func namesPublicData() throws {
        let key = try SigningKey(seed: sequence(32))
        let document = try SignedDocument(signing: Self.certificate(isPublicData: true), with: key)
        #expect(document.bytes.starts(with: text(#"{"PUBLIC DATA":"#)))
        #expect(document.body["statement"]?.stringValue?.hasPrefix("PUBLIC DATA") == true)
        let other = try SignedDocument(signing: Self.certificate(), with: key)
        #expect(!String(decoding: other.bytes, as: UTF8.self).contains("PUBLIC DATA"))
    }

    @Test("ε = ∞ is the string, with \"infinity\" as its exact amount")
    func writesInfinity() throws {
        let value = try JSONValue(encoding: Self.certificate(isPublicData: true, epsilon: .infinity))
        #expect(value["epsilon"] == "infinity" && value["exact"]?.stringValue?.hasPrefix("infinity,") == true)
    }

    @Test(
        "a field that is gone, unknown or contradicts another makes it unreadable",
        arguments: [
            ("format", JSONValue.string("receipt")), ("version", 2), ("unit", "event"), ("adjacency", "replace"),
            ("trust", "local"), ("statement", "anonymous"), ("publicData", true), ("epsilon", 1), ("delta", 0),
            ("created", "2026-11-24T10:00:00Z"), ("exact", "3"), ("runs", nil), ("PUBLIC DATA", "x"),
            ("epsilon", nil), ("policyHash", nil), ("kind", 7),
        ] as [(String, JSONValue)])
    func refusesOthers(field: String, value: JSONValue) throws {
        var members = try #require(try JSONValue(encoding: Self.certificate()).objectValue)
        members[field] = value == .null ? nil : value
        #expect(thrown { _ = try JSONValue.object(members).decode(Certificate.self) } != nil)
    }

    @Test("numbers that are no cost become infinite, never a claim of too little")
    func takesNoCredit() {
        #expect(PrivacyNumber(-1).value == .infinity && PrivacyNumber(.nan).value == .infinity)
        #expect(thrown { _ = try JSONValue.array([-1]).decode([PrivacyNumber].self) } != nil)
        #expect(thrown { _ = try JSONValue.array(["inf"]).decode([PrivacyNumber].self) } != nil)
    }
}
