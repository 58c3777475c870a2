// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// DESIGN section 4, read off the sources: who may know whom, who makes grants, who draws noise.
struct ArchitectureTests {
    private let tree: SourceTree

    init() throws { tree = try SourceTree() }

    /// The table of DESIGN section 4. A target of ours that is not listed may not be imported.
    private static let mayImport: [String: Set<String>] = [
        "Cryptography": ["CSodium"],
        "LinearAlgebra": ["COpenBLAS", "RealModule"],
        "Interactions": [],
        "Storage": ["GRDB"],
        "Policies": ["Yams"],
        "DPAccounting": ["RealModule"],
        "Records": ["Cryptography", "DPAccounting"],
        "DPMechanisms": ["DPAccounting", "Cryptography", "LinearAlgebra", "Interactions", "RealModule"],
        "Vault": ["Interactions", "Cryptography", "DPAccounting", "Storage", "GRDB"],
        "BudgetLedger": [
            "Records", "Interactions", "Policies", "Cryptography", "DPAccounting", "Storage", "GRDB",
        ],
        "DPTraining": ["DPMechanisms", "DPAccounting", "LinearAlgebra", "Interactions", "RealModule"],
        "Recommenders": [
            "DPTraining", "Records", "DPMechanisms", "DPAccounting", "LinearAlgebra", "Interactions", "Cryptography",
            "RealModule",
        ],
        "Evaluation": ["DPMechanisms", "Interactions", "LinearAlgebra"],
        "Ingestion": ["CZlib", "Interactions", "Policies", "Vault"],
        "Compliance": ["Vault", "BudgetLedger", "Records", "Policies", "Interactions", "Cryptography", "DPAccounting"],
        "Discreet": [
            "Compliance", "Ingestion", "Evaluation", "Recommenders", "DPTraining", "BudgetLedger", "Vault",
            "DPMechanisms", "Records", "DPAccounting", "Policies", "Storage", "Interactions", "LinearAlgebra",
            "Cryptography",
        ],
        // The command line speaks to the facade; the vocabulary of its signatures is re-exported by their targets.
        "DiscreetCLI": ["Discreet", "ArgumentParser", "DPAccounting", "Records", "Ingestion", "Interactions"],
    ]
    private static let everywhere: Set<String> = [
        "Foundation", "FoundationEssentials", "Synchronization", "Logging", "Glibc", "Darwin", "Dispatch",
    ]

    @Test("no target imports what the table of DESIGN section 4 forbids")
    func importsFollowTheTable() {
        for file in tree.files {
            let allowed = (Self.mayImport[file.target] ?? []).union(Self.everywhere)
            for line in file.lines {
                let pattern =
                    /^(?:@\w+ )*(?:public |package |internal |private |fileprivate )?import (?:struct |class |enum |func )?(\w+)/
                guard let match = line.firstMatch(of: pattern) else { continue }
                #expect(allowed.contains(String(match.1)), "\(file.path) imports \(match.1)")
            }
        }
    }

    @Test("every target has its row in the table")
    func everyTargetIsListed() {
        for target in Set(tree.files.map(\.target)) {
            #expect(Self.mayImport[target] != nil, "\(target) is not in the table")
        }
    }

    @Test("grants are made by the two ledgers alone")
    func grantsAreMadeByLedgersAlone() {
        let places = tree.places(matching: /\bRunGrant\(/)
        #expect(!places.isEmpty)
        for place in places {
            #expect(
                place.hasPrefix("BudgetLedger/") || place.hasPrefix("DPAccounting/"), "\(place) makes a grant")
        }
        #expect(places.filter { $0.hasPrefix("DPAccounting/") }.allSatisfy { $0.contains("InMemoryLedger") })
        #expect(
            tree.places(matching: /\bStepGrant\(/).allSatisfy { $0.hasPrefix("DPAccounting/Grants/RunGrant.swift") })
    }

    @Test("noise comes from the door: no other part above the cipher draws from a stream")
    func noiseIsDrawnInTheDoorAlone() {
        #expect(tree.places(matching: /\bSecureStream\(/, outside: ["Cryptography", "DPMechanisms"]).isEmpty)
        #expect(
            tree.places(matching: /SystemRandomNumberGenerator|\.random\(|drand48|arc4random|\.shuffled?\(\)/).isEmpty)
    }

    @Test("nothing traps on purpose where input may reach")
    func nothingTrapsOnInput() {
        #expect(tree.places(matching: /try!|as!|\bfatalError\(/).isEmpty)
    }

    @Test("pointers live in Cryptography and LinearAlgebra")
    func pointersLiveInTwoTargets() {
        #expect(
            tree.places(matching: /Unsafe(Mutable)?(Raw)?(Buffer)?Pointer/, outside: ["Cryptography", "LinearAlgebra"])
                .isEmpty)
    }

    @Test("libraries print nothing")
    func librariesPrintNothing() {
        #expect(tree.places(matching: /\b(print|debugPrint|dump|NSLog)\(/, outside: ["DiscreetCLI"]).isEmpty)
    }

    @Test("concurrency is checked by the compiler outside the two targets that hold pointers")
    func concurrencyIsChecked() {
        #expect(
            tree.places(
                matching: /@unchecked Sendable|nonisolated\(unsafe\)/, outside: ["Cryptography", "LinearAlgebra"]
            ).isEmpty)
    }
}
