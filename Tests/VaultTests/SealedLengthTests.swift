// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

@testable import Vault

struct SealedLengthTests {
    @Test("every sealed row has exactly the length of a class, whatever the activity or the id's length")
    func lengths() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        for (index, count) in [1, 20, 21, 30, 31, 100, 150, 300, 700, 2500, 9000, 25_000].enumerated() {
            try vault.append(String(repeating: "x", count: 90 * index + 1), events(count))
        }
        let lengths = try fixture.rows(
            fixture.vaultURL, "SELECT sealed FROM segments UNION ALL SELECT sealed FROM heads"
        ).map(\.count)
        #expect(Set(lengths) == [256, 1024, 4096, 16384, 65536])
        #expect(Set(try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys").map(\.count)) == [72])
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
    }
}
