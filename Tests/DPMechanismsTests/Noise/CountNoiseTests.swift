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
        let r = exp(-1.0 / 3)
        typealias Law = [(outcome: Int64, probability: Double)]
        let geometric: Law = (-30...30).map { (x: Int) in
            let tail: Double = pow(r, Double(abs(x)))
            return (outcome: Int64(x), probability: (1 - r) / (1 + r) * tail)
        }
        let mass = (18 * Double.pi).squareRoot()
        let normal: Law = (-20...20).map { (x: Int) in
            let density: Double = exp(-Double(x * x) / 18)
            return (outcome: Int64(x), probability: density / mass)
        }
        let laws = [geometric, normal]
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
