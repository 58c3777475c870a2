// SPDX-License-Identifier: Apache-2.0
import Foundation
import Interactions
import Testing

@testable import Vault

struct ZBench {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["ZB"] != nil)) func bench() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let n = 100_000
        let pool = (0..<64).map { events(100, seed: UInt64($0)) }
        var t = Date()
        func lap(_ what: String, _ count: Int) {
            let s = Date().timeIntervalSince(t)
            print("ZB", what, String(format: "%.3f s, %.0f/s", s, Double(count) / s))
            t = Date()
        }
        for part in 0..<10 {
            _ = try vault.append(
                (0..<n / 10).map { .init(userID: "u\(part * n / 10 + $0)", interactions: pool[$0 % 64]) })
        }
        lap("append new, users", n)
        _ = try vault.append((0..<n / 10).map { .init(userID: "u\($0)", interactions: pool[$0 % 64]) })
        lap("append dup, users", n / 10)
        _ = try vault.append(
            (0..<n / 10).map { .init(userID: "u\($0)", interactions: [Interaction(item: 1, time: 5)]) })
        lap("append one, users", n / 10)
        let members = try vault.members(for: .train)
        lap("members", n)
        try vault.walk(over: nil) { _, walk in while try walk.next() != nil {} }
        lap("walk only", n)
        try vault.walk(over: nil) { _, walk in while let r = try walk.next() { _ = vault.opened(r) } }
        lap("walk and open", n)
        let cohort = try vault.openCohort(of: members, for: .train, under: VaultFixture.grant(for: members))
        lap("openCohort", cohort.count)
        _ = try vault.checkIntegrity()
        lap("integrity", n)
        t = Date()
        for i in 0..<5000 { _ = try vault.history(of: "u\(i)") }
        lap("history", 5000)
    }
}
