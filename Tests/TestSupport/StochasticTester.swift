// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Tries to refute that a mechanism is (ε, δ)-DP, by running it on two neighbouring inputs.
///
/// A set S of outcomes is chosen on runs of its own (never on those that are counted): all keys that were seen more than e^ε
/// times as often on one side. Then fresh runs are counted, and Clopper–Pearson says how large P(S) is at least on that
/// side and at most on the other. Where P(S) > e^ε·P′(S) + δ holds between those limits, the claim is false. Both directions.
///
/// **False alarms.** Two limits in two directions for each of f features: each limit errs with chance `falseAlarmRate`/4f, so
/// that a mechanism that keeps its promise is refuted with chance `falseAlarmRate` at most, whatever it is. **Power.** With n
/// runs a set of probability p ≥ 60/n or so, e² times as likely as the claim allows, is found; subtler faults need larger n.
/// What no feature shows is not found: no refutation is no proof.
///
/// - SeeAlso: `golden/attacks.md` section 1; Jagielski, Ullman, Oprea 2020; Bichsel et al. 2021 (DP-Sniper).
public struct StochasticTester: Sendable {
    /// The chance that a right mechanism is refuted.
    public static let falseAlarmRate = 1e-6

    public let epsilon: Double
    public let delta: Double
    /// Runs to choose S on, and as many to count; on each side.
    public let runs: Int

    public init(epsilon: Double, delta: Double = 0, runs: Int = 20_000) {
        (self.epsilon, self.delta, self.runs) = (epsilon, delta, runs)
    }

    /// Why the claim is false.
    public struct Refutation: Sendable, CustomStringConvertible {
        /// Which feature showed it.
        public let feature: Int
        /// The largest ε that the counted runs rule out at `delta`.
        public let epsilonAtLeast: Double
        /// How often S came, on the side where it is likelier and on the other.
        public let counts: (often: Int, seldom: Int)

        public var description: String {
            "ε is at least \(epsilonAtLeast): feature \(feature) came \(counts.often) times against \(counts.seldom)"
        }
    }

    /// - Parameters:
    ///   - first: one run on one input; must draw fresh randomness.
    ///   - second: one run on its neighbour.
    ///   - features: what is looked at of an output; a set of their values is the attack.
    /// - Returns: Nil if nothing was refuted.
    public func refute<Output>(
        _ first: () throws -> Output, against second: () throws -> Output,
        seeing features: [(Output) -> AnyHashable]
    ) rethrows -> Refutation? {
        let attacks = try choose(first, second, features)
        var counted = [(a: Int, b: Int)](repeating: (0, 0), count: attacks.count)
        for _ in 0..<runs {
            let (a, b) = (try first(), try second())
            for (index, attack) in attacks.enumerated() {
                if attack.outcomes.contains(features[attack.feature](a)) { counted[index].a += 1 }
                if attack.outcomes.contains(features[attack.feature](b)) { counted[index].b += 1 }
            }
        }
        let level = Self.falseAlarmRate / Double(4 * features.count)
        var worst: Refutation?
        for (attack, count) in zip(attacks, counted) {
            let (often, seldom) = attack.isFirstLikelier ? (count.a, count.b) : (count.b, count.a)
            let bound = self.bound(often, seldom, level)
            if bound > epsilon, bound > worst?.epsilonAtLeast ?? 0 {
                worst = Refutation(feature: attack.feature, epsilonAtLeast: bound, counts: (often, seldom))
            }
        }
        return worst
    }

    /// The same for whole outputs.
    public func refute<Output: Hashable>(
        _ first: () throws -> Output, against second: () throws -> Output
    ) rethrows -> Refutation? {
        try refute(first, against: second, seeing: [{ AnyHashable($0) }])
    }

    private struct Attack {
        let feature: Int
        let isFirstLikelier: Bool
        let outcomes: Set<AnyHashable>
    }

    private func choose<Output>(
        _ first: () throws -> Output, _ second: () throws -> Output, _ features: [(Output) -> AnyHashable]
    ) rethrows -> [Attack] {
        var seen = [[AnyHashable: (a: Int, b: Int)]](repeating: [:], count: features.count)
        for _ in 0..<runs {
            let (a, b) = (try first(), try second())
            for index in features.indices {
                seen[index][features[index](a), default: (0, 0)].a += 1
                seen[index][features[index](b), default: (0, 0)].b += 1
            }
        }
        return seen.enumerated().flatMap { feature, seen in
            [true, false].map { isFirstLikelier in
                let outcomes = seen.filter { _, count in
                    let (often, seldom) = isFirstLikelier ? count : (count.b, count.a)
                    // Half a deviation more than e^ε times: S should hold what is likelier, not what was luckier.
                    return Double(often) - 0.5 * Double(often).squareRoot() > exp(epsilon) * Double(seldom)
                }
                return Attack(feature: feature, isFirstLikelier: isFirstLikelier, outcomes: Set(outcomes.keys))
            }
        }
    }

    /// ln((P_low − δ)/P′_high).
    func bound(_ often: Int, _ seldom: Int, _ level: Double) -> Double {
        let low = ClopperPearson.lower(successes: often, of: runs, level: level)
        let high = ClopperPearson.upper(successes: seldom, of: runs, level: level)
        return low > delta ? log((low - delta) / high) : -.infinity
    }

    /// The golden two-sided bound: the largest ε that the errors of a guess rule out (attacks.md section 1).
    public static func epsilonLowerBound(
        falsePositives: Int, of negatives: Int, falseNegatives: Int, of positives: Int, delta: Double,
        confidence: Double
    ) -> Double {
        let level = (1 - confidence) / 2
        let fpr = ClopperPearson.upper(successes: falsePositives, of: negatives, level: level)
        let fnr = ClopperPearson.upper(successes: falseNegatives, of: positives, level: level)
        return max(0, log((1 - delta - fpr) / fnr), log((1 - delta - fnr) / fpr))
    }
}
