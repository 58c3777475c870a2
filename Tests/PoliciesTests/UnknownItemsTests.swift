// SPDX-License-Identifier: Apache-2.0

import Policies
import Testing

struct UnknownItemsTests {
    private func policy(_ word: String) throws -> Policy {
        let yaml = try #require(Policy.shipped("gdpr"))
        return try Policy(
            yaml: yaml.replacing("unknownItems: reject", with: "unknownItems: \(word)"), file: "gdpr.yaml")
    }

    @Test("may be kept pending where the policy says so, and every policy that is shipped rejects them")
    func words() throws {
        #expect(try policy("pending").unknownItems == .pending)
        for name in Policy.shippedNames {
            #expect(try Policy(yaml: #require(Policy.shipped(name)), file: name).unknownItems == .reject)
        }
        #expect(throws: PolicyError.self) { try policy("Pending") }
    }

    @Test("a change says of which events, and what becomes of them")
    func change() throws {
        let lines = try policy("reject").changes(to: policy("pending")).map { "\($0.who): \($0.what)" }
        #expect(
            lines == [
                "events that come from now on: what becomes of one of an unknown item: kept pending in its user's record instead of rejected"
            ])
    }
}
