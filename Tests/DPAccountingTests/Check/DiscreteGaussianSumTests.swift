// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct DiscreteGaussianSumTests {
    private func event(_ variance: Int64, items: Int = 1, value: Int = 1) -> DiscreteGaussianEvent {
        DiscreteGaussianEvent(
            variance: Rational(variance, 1)!, bound: ItemBound(maxItemsPerUser: items, maxValuePerItem: value),
            dimension: 100)
    }

    @Test(
        "lies below composed losses, by no more than their grid", arguments: [6, 285, 900, 21_088] as [Int64],
        [1, 4, 20, 300])
    func belowLosses(variance: Int64, items: Int) throws {
        let event = event(variance, items: items, value: 2)
        let sum = try #require(DiscreteGaussianSum(event, count: 1))
        for delta in [1e-4, 1e-6, 1e-9] {
            let losses = PrivacyLossAccountant.epsilon(of: RunPlan(.discreteGaussian(event)), delta: delta)
            let floor = sum.floor(delta: delta)
            #expect(floor <= losses, "\(delta)")
            // The lattice has no grid to round to; 10⁻⁵ is the tolerance where the composition takes another.
            #expect(floor > losses * (1 - 2e-4), "\(delta): \(floor) \(losses)")
        }
    }

    @Test("agrees with the moment integral where that has an answer")
    func againstExact() throws {
        for items in [1, 4, 16] {
            let plan = RunPlan(.discreteGaussian(event(6, items: items)))
            let sum = try #require(DiscreteGaussianSum(event(6, items: items), count: 1))
            let exact = ExactAccountant.epsilon(of: plan, logDelta: log(1e-6), effort: .quick)
            let floor = sum.floor(delta: 1e-6)
            #expect(floor <= exact.upper && floor >= exact.lower * (1 - 1e-6), "\(floor) \(exact)")
        }
    }

    @Test("one release and several of as many coordinates are the same")
    func counts() throws {
        let one = try #require(DiscreteGaussianSum(event(50, items: 12), count: 1))
        let several = try #require(DiscreteGaussianSum(event(50, items: 3), count: 4))
        #expect(one.floor(delta: 1e-6) == several.floor(delta: 1e-6))
    }

    @Test("what is too narrow or too wide for it is left to others")
    func range() {
        #expect(DiscreteGaussianSum(event(5), count: 1) == nil)
        #expect(DiscreteGaussianSum(event(Int64.max), count: 1) == nil)
        #expect(DiscreteGaussianSum(event(50, items: 1 << 20), count: 2) == nil)
    }
}
