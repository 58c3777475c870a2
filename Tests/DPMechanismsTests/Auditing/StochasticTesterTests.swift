// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

/// The tester itself: what it may refute, how often, and what it sees.
struct StochasticTesterTests {
    private func coin(_ p: Double, _ words: inout SeededGenerator) -> Bool {
        Double(words.next() >> 11) * 0x1p-53 < p
    }

    /// A mechanism that spends exactly its ε is the one that a tester is likeliest to accuse. At 1e-6 none of 300 may be; with
    /// 300 trials a tester of rate 5 % would pass with chance 2e-7.
    @Test func rightMechanismsAreNotAccused() {
        var words = SeededGenerator(seed: 1)
        let odds = exp(1.0)
        for _ in 0..<300 {
            let found = StochasticTester(epsilon: 1, runs: 1000).refute(
                { coin(odds / (1 + odds), &words) }, against: { coin(1 / (1 + odds), &words) })
            #expect(found == nil)
        }
    }

    @Test func whatIsMoreThanTheClaimIsSeenAndMeasured() throws {
        var words = SeededGenerator(seed: 2)
        // ε = 3 where 1 is claimed.
        let odds = exp(3.0)
        let found = try #require(
            StochasticTester(epsilon: 1).refute(
                { coin(odds / (1 + odds), &words) }, against: { coin(1 / (1 + odds), &words) }))
        #expect(found.epsilonAtLeast > 2.5 && found.epsilonAtLeast <= 3)
        #expect(found.counts.often > found.counts.seldom && found.description.contains("feature 0"))
    }

    @Test func deltaIsTakenOff() {
        var words = SeededGenerator(seed: 3)
        // With chance 0.05 the input is shown: (0, 0.05).
        func release(_ input: Int) -> Int { coin(0.05, &words) ? input : 0 }
        func found(_ delta: Double) -> StochasticTester.Refutation? {
            StochasticTester(epsilon: 0.5, delta: delta).refute({ release(1) }, against: { release(2) })
        }
        #expect(found(0.05) == nil)
        #expect(found(0.03) != nil)
        #expect(found(0) != nil)
    }

    @Test func eachDirectionIsLookedAt() {
        var words = SeededGenerator(seed: 4)
        let rare: () -> Bool = { self.coin(0.2, &words) }
        let never: () -> Bool = { false }
        let tester = StochasticTester(epsilon: 1)
        #expect(tester.refute(rare, against: never) != nil)
        #expect(tester.refute(never, against: rare) != nil)
        #expect(tester.refute(never, against: never) == nil)
    }

    @Test func anOutcomeThatOneFeatureHidesAnotherShows() throws {
        var words = SeededGenerator(seed: 5)
        // Unique outputs: as they are, no outcome comes twice; their parity tells all.
        func release(_ parity: UInt64) -> UInt64 { words.next() & ~1 | parity }
        let tester = StochasticTester(epsilon: 1, runs: 5000)
        #expect(tester.refute({ release(0) }, against: { release(1) }) == nil)
        let found = try #require(
            tester.refute(
                { release(0) }, against: { release(1) }, seeing: [{ AnyHashable($0) }, { AnyHashable($0 & 1) }]))
        #expect(found.feature == 1)
    }

    @Test func anErrorOfTheMechanismIsThrown() {
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            _ = try StochasticTester(epsilon: 1).refute({ () throws -> Int in throw Broken() }, against: { 0 })
        }
    }

    @Test func limitsBracketWhatWasSeen() {
        for (k, n) in [(0, 10), (10, 10), (3, 10), (500, 1000), (1, 1_000_000), (999_999, 1_000_000)] {
            for level in [0.05, 1e-3, 1e-7] {
                let low = ClopperPearson.lower(successes: k, of: n, level: level)
                let high = ClopperPearson.upper(successes: k, of: n, level: level)
                let rate = Double(k) / Double(n)
                #expect(low <= rate && rate <= high && low >= 0 && high <= 1)
                // A smaller chance of error is a wider interval.
                #expect(ClopperPearson.lower(successes: k, of: n, level: level / 10) <= low)
                #expect(ClopperPearson.upper(successes: k, of: n, level: level / 10) >= high)
            }
        }
        // Nothing seen in n runs: 1 − level^(1/n).
        let none = ClopperPearson.upper(successes: 0, of: 1000, level: 1e-6)
        #expect(abs(none - (1 - pow(1e-6, 1e-3))) < 1e-12)
    }
}
