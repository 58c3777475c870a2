// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policies
import Testing

struct LifetimeTests {
    private func policy(epsilon: String, delta: String) throws -> Policy {
        let yaml = try #require(Policy.shipped("gdpr"))
            .replacing("epsilon: 6\n", with: "epsilon: \(epsilon)\n").replacing(
                "delta: 1e-5\n", with: "delta: \(delta)\n"
            )
            .replacing("delta: 1e-6 ", with: "delta: 1e-12 ")
        return try Policy(yaml: yaml, file: "gdpr.yaml")
    }

    @Test("budgets that are not nested are refused: who is moved between them would be within neither")
    func refusesTiersThatAreNotNested() throws {
        let yaml = try #require(Policy.shipped("gdpr"))
        func tiers(_ epsilon: String, _ delta: String) throws -> Policy {
            try Policy(
                yaml: yaml + "\ntiers:\n  others:\n    epsilon: \(epsilon)\n    delta: \(delta)\n", file: "gdpr.yaml")
        }
        #expect(try tiers("12", "1e-5").tiers.count == 1)
        #expect(try tiers("3", "1e-6").tiers.count == 1)
        #expect(throws: PolicyError.self) { try tiers("12", "1e-6") }
        #expect(throws: PolicyError.self) { try tiers("3", "1e-4") }
    }

    @Test("a lifetime under which no run could ever be admitted is refused when the policy is read")
    func refusesWhatNothingFits() throws {
        #expect(try policy(epsilon: "18", delta: "1e-5").lifetime?.epsilon.text == "18")
        for (epsilon, delta) in [("30", "1e-5"), ("100", "1e-3"), ("6", "1e-12")] {
            #expect(throws: PolicyError.self) { try policy(epsilon: epsilon, delta: delta) }
        }
    }
}
