// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import TestSupport

@testable import DPMechanisms

/// Streams over small cohorts, with noise that is as good as none or as it should be.
enum TestStreams {
    /// A tree whose noise is zero but for a chance of e^(−2²⁰).
    static func silentTree(items: Int, perUser: Int, periods: Int) throws -> StreamPlan {
        try StreamPlan(
            .tree,
            event: .discreteLaplace(
                DiscreteLaplaceEvent(
                    scale: Rational(1, 1 << 20)!,
                    bound: StreamPlan.treeBound(itemsPerUser: perUser, periods: periods), dimension: items)),
            itemCount: items, periods: periods, itemsPerUser: perUser)
    }

    static func squareRoot(
        items: Int, perUser: Int, periods: Int, band: Int? = nil, noise: Double = 0x1p-5
    ) throws -> StreamPlan {
        try StreamPlan(
            .squareRoot(band: band ?? periods),
            event: StreamPlan.squareRootEvent(noiseMultiplier: noise, itemCount: items, periods: periods),
            itemCount: items, periods: periods, itemsPerUser: perUser)
    }

    /// Closes the next period for a cohort that has paid.
    static func close<Words: WordSource & ~Copyable>(
        _ stream: inout ContinualCounts, _ cohort: Cohort, using words: inout Words
    ) throws -> [Int64]? {
        let step = TestCohorts.step(stream.plan.event, for: cohort, period: stream.released.closed + 1)
        return try stream.closePeriod(cohort, spending: step, using: &words)?.steps
    }

    static func close(_ stream: inout ContinualCounts, _ histories: [[UInt32]], seed: UInt64 = 1) throws -> [Int64]? {
        var words = SeededGenerator(seed: seed)
        return try close(
            &stream, TestCohorts.cohort(itemCount: stream.plan.itemCount, histories), using: &words)
    }
}
