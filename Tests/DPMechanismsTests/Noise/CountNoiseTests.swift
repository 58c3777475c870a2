// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

struct CountNoiseTests {
    private let bound = ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1)

    @Test func isTheNoiseOfTheEvent() throws {
        let laplace = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(scale: Rational(3, 1)!, bound: bound, dimension: 1))
        let gaussian = PrivacyEvent.discreteGaussian(
            DiscreteGaussianEvent(variance: Rational(9, 1)!, bound: bound, dimension: 1))
        func weightOfLaplace(_ k: Int) -> Double { exp(-abs(Double(k)) / 3) }
        func weightOfGaussian(_ k: Int) -> Double { exp(-Double(k * k) / 18) }
        let laws = [weightOfLaplace, weightOfGaussian].map { weight -> [(outcome: Int64, probability: Double)] in
            // Beyond ±90 both weigh less than 1e-13.
            let total = (-90...90).reduce(0.0) { $0 + weight($1) }
            return (-30...30).map { (outcome: Int64($0), probability: weight($0) / total) }
        }
        for (index, event) in [laplace, gaussian].enumerated() {
            var words = SeededGenerator(seed: 1)
            var draws = [Int64](repeating: 5, count: 30_000)
            try CountNoise(event).add(to: &draws, using: &words)
            #expect(GoodnessOfFit.fits(draws.map { $0 - 5 }, laws[index]))
            #expect(!GoodnessOfFit.fits(draws.map { $0 - 5 }, laws[1 - index]))
        }
    }

    @Test func sumsAreHeldInsideInt64() {
        #expect(Int64.max.saturatingAdd(1) == .max)
        #expect(Int64.min.saturatingAdd(-1) == .min)
        #expect(Int64.max.saturatingAdd(-1) == .max - 1)
        #expect(Int64(3).saturatingAdd(-5) == -2)
    }

    @Test func otherEventsHaveNoCountNoise() {
        #expect(throws: DoorError.contributionDoesNotMatchEvent) {
            try CountNoise(.gaussianSum(TestCohorts.gaussian(noise: 1)))
        }
        let unwieldy = DiscreteGaussianEvent(variance: Rational(.max, .max - 1)!, bound: bound, dimension: 1)
        #expect(throws: DoorError.self) { try CountNoise(.discreteGaussian(unwieldy)) }
    }
}
