// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

/// Deliberately broken mechanisms, each with the claim that its author would make: the tester must refute all of them. They
/// live here and nowhere else. Chances that a refutation is missed are below 1e-6 each: events of some percent against
/// almost none, in 20 000 runs. Seeds are fixed.
struct BrokenMechanismsTests {
    private func laplace(_ scale: Rational) -> DiscreteLaplace { DiscreteLaplace(scale: scale) }
    private let unit = Rational(1, 1)!

    /// Mironov 2012: b·sign·ln U in floating point. A value of 1 leaves only multiples of 2⁻⁵³ near zero.
    @Test func floatLaplaceIsRefuted() {
        var words = SeededGenerator(seed: 1)
        func release(_ value: Double) -> Double {
            let u = (Double(words.next() >> 11) + 0.5) * 0x1p-53
            return value + (words.next() & 1 == 0 ? 1 : -1) * log(u)
        }
        let found = StochasticTester(epsilon: 1).refute(
            { release(0) }, against: { release(1) },
            seeing: [
                { output in
                    AnyHashable(abs(output) < 0.125 ? output.remainder(dividingBy: 0x1p-53) == 0 ? 1 : 2 : 0)
                }
            ])
        #expect(found != nil)
    }

    @Test func noiseOnNonZeroEntriesOnlyIsRefuted() {
        var words = SeededGenerator(seed: 2)
        func release(_ counts: [Int64]) -> [Int64] {
            counts.map { $0 == 0 ? 0 : $0 + laplace(unit).sample(using: &words) }
        }
        let found = StochasticTester(epsilon: 1).refute(
            { release([5, 0]) }, against: { release([5, 1]) }, seeing: [{ AnyHashable($0[1] == 0) }])
        #expect(found != nil)
    }

    /// A value clipped to 0.6 and put on a grid of 1 by rounding to nearest moves the sum by 1, not by 0.6.
    @Test func sensitivityWithoutRoundingIsRefuted() {
        var words = SeededGenerator(seed: 3)
        let noise = laplace(Rational(3, 10)!)  // 0.6/2: ε = 2 is claimed
        func release(_ values: [Double]) -> Int64 {
            values.reduce(0) { $0 + Int64(min($1, 0.6).rounded()) } + noise.sample(using: &words)
        }
        let found = StochasticTester(epsilon: 2).refute({ release([]) }, against: { release([0.6]) })
        #expect(found != nil)
    }

    /// A batch of half of the users by shuffling: who comes displaces another, so that the sum moves by 2C. Accounted as
    /// Poisson: ε = ln(1 + q(e² − 1)) for scale C/2.
    @Test func shuffledBatchesAccountedAsPoissonAreRefuted() {
        var words = SeededGenerator(seed: 4)
        let noise = laplace(Rational(1, 2)!)
        func release(_ values: [Int64]) -> Int64 {
            let batch = Uniform.subset(of: values.count, size: 2, using: &words)
            return batch.reduce(0) { $0 + values[$1] } + noise.sample(using: &words)
        }
        let claim = log(1 + 0.5 * (exp(2) - 1))
        let found = StochasticTester(epsilon: claim).refute(
            { release([-1, -1, -1]) }, against: { release([-1, -1, -1, 1]) })
        #expect(found != nil)
    }

    /// The mean over the true n, with noise for one user of n. A user who adds nothing moves it by half.
    @Test func normalisingByTheNumberOfUsersIsRefuted() {
        var words = SeededGenerator(seed: 5)
        func release(_ values: [Int64]) -> Int64 {
            let sum = values.reduce(0, +) + laplace(unit).sample(using: &words)
            return (sum * 100) / Int64(values.count)
        }
        let found = StochasticTester(epsilon: 1).refute(
            { release(Array(repeating: 1, count: 20)) }, against: { release(Array(repeating: 1, count: 20) + [0]) })
        #expect(found != nil)
    }

    @Test func noiseThatIsUsedTwiceIsRefuted() {
        var words = SeededGenerator(seed: 6)
        func release(_ first: Int64, _ second: Int64) -> [Int64] {
            let noise = laplace(unit).sample(using: &words)
            return [first + noise, second + noise]
        }
        let found = StochasticTester(epsilon: 2).refute(
            { release(3, 3) }, against: { release(3, 4) }, seeing: [{ AnyHashable($0[1] - $0[0]) }])
        #expect(found != nil)
    }

    /// The squares of values of 1e-23 vanish in Float: a norm of zero is not clipped.
    @Test func clippingInFloatIsRefuted() {
        var words = SeededGenerator(seed: 7)
        let norm = 1e-25
        func release(_ user: [Float]) -> Int64 {
            let length = user.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            let scale = length > Float(norm) ? Float(norm) / length : 1
            let steps = user.reduce(Int64(0)) { $0 + Int64(Double($1 * scale) / norm) }
            return steps + laplace(unit).sample(using: &words)
        }
        let found = StochasticTester(epsilon: 1).refute({ release([]) }, against: { release([1e-23]) })
        #expect(found != nil)
    }

    /// L(s) = 1000·p + r of norm 1, p and r truncated apart: what cancelled does so no longer.
    @Test func truncatingThePartsOfALinearImageIsRefuted() {
        var words = SeededGenerator(seed: 8)
        let grid = 1.0 / 16
        func release(_ parts: (p: Double, r: Double)?) -> Int64 {
            let noise = laplace(Rational(16, 1)!).sample(using: &words)  // C = 1 is 16 steps: ε = 1 is claimed
            guard let parts else { return noise }
            return 1000 * Int64(parts.p / grid) + Int64(parts.r / grid) + noise
        }
        let found = StochasticTester(epsilon: 1).refute(
            { release(nil) }, against: { release((0.1, -99)) }, seeing: [{ AnyHashable($0 < -100) }])
        #expect(found != nil)
    }

    @Test func halfTheNoiseIsRefuted() {
        var words = SeededGenerator(seed: 9)
        let noise = laplace(Rational(1, 2)!)
        func release(_ value: Int64) -> Int64 { value + noise.sample(using: &words) }
        #expect(StochasticTester(epsilon: 1).refute({ release(0) }, against: { release(1) }) != nil)
    }

    @Test func aFifthLessNoiseIsRefuted() {
        var words = SeededGenerator(seed: 10)
        let noise = laplace(Rational(4, 5)!)
        func release(_ value: Int64) -> Int64 { value + noise.sample(using: &words) }
        #expect(StochasticTester(epsilon: 1, runs: 60_000).refute({ release(0) }, against: { release(1) }) != nil)
    }

    @Test func anUnboundedUserIsRefuted() {
        var words = SeededGenerator(seed: 11)
        func release(_ histories: [[Int]]) -> Int64 {
            Int64(histories.reduce(0) { $0 + $1.count }) + laplace(unit).sample(using: &words)
        }
        #expect(StochasticTester(epsilon: 1).refute({ release([]) }, against: { release([[1, 2, 3]]) }) != nil)
    }

    @Test func skippingEmptyBatchesIsRefuted() {
        var words = SeededGenerator(seed: 12)
        func release(_ users: Int) -> Int64? {
            let batch = (0..<users).count { _ in words.next() & 1 == 0 }
            return batch == 0 ? nil : Int64(batch) + laplace(unit).sample(using: &words)
        }
        #expect(StochasticTester(epsilon: 1).refute({ release(0) }, against: { release(1) }) != nil)
    }

    @Test func releasingTheWinnersNoisyScoreIsRefuted() {
        var words = SeededGenerator(seed: 13)
        // Scale 1/ε for monotone scores pays for the index; the value beside it costs as much again.
        func release(_ scores: [Int64]) -> [Int64] {
            let noisy = scores.map { $0 + laplace(unit).sample(using: &words) }
            let best = noisy.indices.max { noisy[$0] < noisy[$1] }!
            return [Int64(best), noisy[best]]
        }
        let found = StochasticTester(epsilon: 1, runs: 100_000).refute(
            { release([0, 0, 0, 0]) }, against: { release([1, 1, 1, 1]) },
            seeing: [{ AnyHashable($0[1] <= -1) }, { AnyHashable($0) }])
        #expect(found != nil)
    }

    /// Stoddard, Chen, Machanavajjhala 2014, one of the six of Lyu, Su, Li: no noise on the queries.
    @Test func sparseVectorWithoutQueryNoiseIsRefuted() {
        var words = SeededGenerator(seed: 14)
        func release(_ queries: [Int64]) -> [Bool] {
            let threshold = laplace(Rational(2, 1)!).sample(using: &words)
            return queries.map { $0 >= threshold }
        }
        #expect(StochasticTester(epsilon: 1).refute({ release([0, 1]) }, against: { release([1, 0]) }) != nil)
    }

    @Test func keepingKeysByABareThresholdIsRefuted() {
        var words = SeededGenerator(seed: 15)
        func release(_ users: Int64) -> Bool { users > 0 && users + laplace(unit).sample(using: &words) >= 2 }
        let found = StochasticTester(epsilon: 1, delta: 1e-3).refute({ release(0) }, against: { release(1) })
        #expect(found != nil)
    }
}
