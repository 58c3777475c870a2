// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Evaluation

struct BootstrapTests {
    @Test("an interval of a mean is as wide as its standard error says")
    func width() throws {
        var generator = SeededGenerator(seed: 8)
        // Uniform on [0, 1): the mean of 2 000 has the standard error √(1/12/2000) = .006455.
        let column = (0..<2_000).map { _ in Double(generator.next() >> 11) * 0x1p-53 }
        let interval = try #require(Bootstrap.intervals(ofMeansOf: [column], level: 0.95, seed: 1).first)
        let mean = column.reduce(0, +) / 2_000
        #expect(interval.contains(mean))
        // 2 · 1.96 standard errors; 1 000 resamples tell the ends within a few parts in a hundred.
        let width = interval.upperBound - interval.lowerBound
        #expect(abs(width / (2 * 1.96 * 0.006455) - 1) < 0.15)
    }

    @Test("intervals cover the truth about as often as they say")
    func coverage() throws {
        var generator = SeededGenerator(seed: 21)
        let trials = 300
        var covered = 0
        for trial in 0..<trials {
            let column = (0..<60).map { _ in generator.next() % 10 < 3 ? 1.0 : 0.0 }
            let interval = try #require(
                Bootstrap.intervals(ofMeansOf: [column], level: 0.9, resamples: 300, seed: UInt64(trial)).first)
            covered += interval.contains(0.3) ? 1 : 0
        }
        // Binomial(300, ≈ .88 for 60 coins of .3): outside 240…288 less than once in 10 000.
        #expect((240...288).contains(covered))
    }

    @Test("what always moves together has intervals that agree, and the same seed gives the same")
    func together() {
        let column = (0..<100).map { Double($0 % 7) }
        let intervals = Bootstrap.intervals(ofMeansOf: [column, column.map { $0 * 2 }], level: 0.95, seed: 5)
        #expect(intervals[1].lowerBound == 2 * intervals[0].lowerBound)
        #expect(intervals[1].upperBound == 2 * intervals[0].upperBound)
        #expect(intervals[0] == Bootstrap.intervals(ofMeansOf: [column], level: 0.95, seed: 5)[0])
        #expect(intervals[0] != Bootstrap.intervals(ofMeansOf: [column], level: 0.95, seed: 6)[0])
    }

    @Test("one user, or none")
    func few() {
        #expect(Bootstrap.intervals(ofMeansOf: [[0.25]], level: 0.95, seed: 1) == [0.25...0.25])
        #expect(Bootstrap.intervals(ofMeansOf: [[], []], level: 0.95, seed: 1) == [0...0, 0...0])
    }

    @Test("the generator is SplitMix64")
    func generator() {
        // The first outputs for the seed 1234567, as published with the algorithm.
        var generator = SplitMix64(state: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
        #expect(generator.next() == 9_817_491_932_198_370_423)
    }
}
