// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policies
import Testing

struct ShippedPolicyTests {
    @Test("the embedded text is the file in policies/, byte for byte", arguments: Policy.shippedNames)
    func embeddedTextIsTheFile(name: String) throws {
        // Tests/PoliciesTests/ShippedPolicyTests.swift -> the package.
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try Data(contentsOf: package.appending(path: "policies/\(name).yaml"))
        #expect(Policy.shipped(name).map { Data($0.utf8) } == file)
    }

    @Test("every file in policies/ is shipped, and no other name is")
    func namesAreTheFiles() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "policies")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(files) == Set(Policy.shippedNames.map { $0 + ".yaml" }))
        #expect(Policy.shipped("GDPR") == nil)
        #expect(Policy.shipped("") == nil)
    }

    @Test(
        "lifetimes are what CONTRACT says",
        arguments: [("gdpr", "6", "1e-5"), ("ccpa", "6", "1e-5"), ("strict", "6", "1e-5"), ("research", "12", "1e-5")])
    func lifetimes(name: String, epsilon: String, delta: String) throws {
        let policy = try load(name)
        #expect(policy.lifetime?.epsilon.text == epsilon)
        #expect(policy.lifetime?.delta.text == delta)
        #expect(!policy.isPublicData)
    }

    @Test("benchmark is public data and has no lifetime")
    func benchmark() throws {
        let policy = try load("benchmark")
        #expect(policy.isPublicData)
        #expect(policy.lifetime == nil)
    }

    @Test("purposes, bounds and the run's delta are what CONTRACT says", arguments: Policy.shippedNames)
    func commonValues(name: String) throws {
        let policy = try load(name)
        #expect(policy.name == name)
        #expect(policy.extraColumns == (name == "strict" ? .refuse : .ignore))
        let bases: [String: LawfulBasis] =
            name == "strict"
            ? ["serve": .consent, "train": .consent, "statistics": .consent, "attributes": .consent]
            : [
                "serve": .contract, "train": .legitimateInterest, "statistics": .legitimateInterest,
                "attributes": .consent,
            ]
        #expect(policy.bases == bases)
        #expect(policy.maxUsers == 4_194_304)
        #expect(policy.nominalUsers == nil)
        #expect(policy.bounds.maxItemsPerUser == 512)
        #expect(policy.unknownItems == .reject)
        #expect(policy.runs.delta.text == "1e-6")
        #expect(policy.tombstone.basis == .legitimateInterest)
    }

    @Test("the JSON form, which hashes are taken of, does not change")
    func codableIsStable() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(try load("gdpr")), as: UTF8.self)
        #expect(
            text == """
                {"bases":{"attributes":"consent","serve":"contract","statistics":"legitimate-interest",\
                "train":"legitimate-interest"},"bounds":{"maxItemsPerUser":512},"data":"private",\
                "lifetime":{"delta":"1e-5","epsilon":"6"},"maxUsers":4194304,"name":"gdpr",\
                "runs":{"delta":"1e-6","epsilon":"1"},"tombstone":{"basis":"legitimate-interest","years":10},\
                "unknownItems":"reject","version":1}
                """)
    }

    @Test(
        "kept columns: ascending whatever their order, in the JSON form only where there are any, and a change in words"
    )
    func keptColumns() throws {
        let gdpr = try #require(Policy.shipped("gdpr"))
        let one = try Policy(yaml: gdpr + "keepColumns:\n- device\n- channel\n", file: "p.yaml")
        let other = try Policy(yaml: gdpr + "keepColumns:\n- channel\n- device\n", file: "p.yaml")
        #expect(one.keepColumns == ["channel", "device"] && one == other)
        #expect(try load("gdpr").keepColumns == [])
        let text = String(decoding: try JSONEncoder().encode(one), as: UTF8.self)
        #expect(text.contains(#""keepColumns":["channel","device"]"#))
        #expect(try JSONDecoder().decode(Policy.self, from: Data(text.utf8)) == one)
        for bad in [#"["device","channel"]"#, #"["time"]"#, #"["a","a"]"#, #"[""]"#] {
            let changed = text.replacingOccurrences(of: #"["channel","device"]"#, with: bad)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Policy.self, from: Data(changed.utf8)) }
        }
        #expect(
            try load("gdpr").changes(to: one).map { "\($0.who): \($0.what)" } == [
                "events that come from now on: the columns without a role that are kept: channel, device instead of none"
            ])
    }

    @Test("JSON reads back as the same policy", arguments: Policy.shippedNames)
    func codableRoundTrip(name: String) throws {
        let policy = try load(name)
        #expect(try JSONDecoder().decode(Policy.self, from: JSONEncoder().encode(policy)) == policy)
    }

    @Test(
        "JSON that says what YAML may not is refused",
        arguments: [
            (#""epsilon":"6""#, #""epsilon":"600""#), (#""epsilon":"6""#, #""epsilon":"inf""#),
            (#""version":1"#, #""version":2"#), (#""maxUsers":4194304"#, #""maxUsers":0"#),
            (#""data":"private""#, #""data":"public""#), (#""years":10"#, #""years":0"#),
            (#""serve":"contract","#, ""), (#""delta":"1e-6""#, #""delta":"1e-4""#),
            (#""name":"gdpr""#, #""name":"GDPR!""#),
        ])
    func decodingChecks(good: String, bad: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(try load("gdpr")), as: UTF8.self)
        #expect(text.contains(good))
        let changed = text.replacingOccurrences(of: good, with: bad)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Policy.self, from: Data(changed.utf8)) }
    }

    private func load(_ name: String) throws -> Policy {
        try Policy(yaml: try #require(Policy.shipped(name)), file: "\(name).yaml")
    }
}
