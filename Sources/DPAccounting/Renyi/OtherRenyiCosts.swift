// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Rényi divergences of the events that the door does not make, each rounded up; failure mass is the caller's.
extension PrivacyEvent {
    func otherRenyiCost(order: Double) -> Double {
        switch self {
        case .gaussian(let event):
            // Mironov 2017, Proposition 7.
            return roundedUp(order / (2 * event.noiseMultiplier * event.noiseMultiplier), by: 1e-15)
        case .matrixMechanism(let event): return roundedUp(order * event.mu * event.mu / 2, by: 1e-15)
        case .zeroConcentrated(let event): return roundedUp(order * event.rho.value, by: 1e-15)
        case .laplace(let event): return RenyiFormulas.laplace(1 / event.noiseMultiplier, order: order)
        case .randomizedResponse(let event):
            return RenyiFormulas.response(noise: event.noise, buckets: event.buckets, order: order)
        case .exponentialMechanism(let event):
            return RenyiFormulas.boundedRange(event.epsilon.value, order: order)
        case .reportNoisyMax(let event): return RenyiFormulas.pure(event.epsilon.value, order: order)
        case .approximate(let event): return RenyiFormulas.pure(event.epsilon.value, order: order)
        case .partitionSelection(let event):
            return roundedUp(
                RenyiFormulas.pure(event.epsilon.value, order: order) * Double(event.maxPartitions), by: 1e-15)
        case .sampled(let event): return event.renyiCost(order: order)
        case .randomTrials(let event): return event.renyiCost(order: order)
        case .discreteLaplace, .discreteGaussian, .gaussianSum, .composed, .selfComposed, .tiered:
            return RenyiAccountant.cost(of: self, order: order)
        }
    }
}

/// Closed forms, each raised by more than it errs.
enum RenyiFormulas {
    /// Laplace of sensitivity/scale a: ln(α/(2α−1)·e^((α−1)a) + (α−1)/(2α−1)·e^(−αa))/(α−1) (Mironov 2017, Table II).
    ///
    /// Where the logarithm is of something near 1 its digits go, and a²α/2 (a-DP is a²/2-zCDP: Bun, Steinke 2016,
    /// Proposition 3.3) is as good.
    static func laplace(_ a: Double, order: Double) -> Double {
        let simple = min(a, order * a * a / 2)
        let x = (order - 1) * a
        // Divided by e^x: α/(2α−1) + (α−1)/(2α−1)·e^(−(2α−1)a) = 1 + (α−1)/(2α−1)·(e^(−(2α−1)a) − 1).
        let inner = log1p((order - 1) / (2 * order - 1) * expm1(-(2 * order - 1) * a))
        let exact = (x + inner + 4 * ulpOfOne * (x + abs(inner))) / (order - 1)
        return roundedUp(min(simple, max(0, exact)), by: 1e-14)
    }

    /// Two values, e^ε against 1, the dominating pair of every ε-DP release: ln(p^α·o^(1−α) + o^α·p^(1−α))/(α−1) with
    /// p = e^ε/(1 + e^ε), o = 1/(1 + e^ε) (Bun, Steinke 2016, Proposition 3.3).
    static func pure(_ epsilon: Double, order: Double) -> Double {
        if epsilon == 0 { return 0 }
        return response(
            logKept: -log1p(exp(-epsilon)), logOther: -epsilon - log1p(exp(-epsilon)), rest: 0, epsilon: epsilon,
            order: order)
    }

    /// k buckets, uniform with probability f.
    static func response(noise f: Double, buckets k: Int, order: Double) -> Double {
        let other = f / Double(k)
        let epsilon = log1p((1 - f) * Double(k) / f)
        return response(
            logKept: log(1 - f + other), logOther: log(other), rest: other * Double(k - 2), epsilon: epsilon,
            order: order)
    }

    /// ln(rest + p·(p/o)^(α−1) + o·(o/p)^(α−1))/(α−1), divided through by the largest.
    private static func response(
        logKept: Double, logOther: Double, rest: Double, epsilon: Double, order: Double
    ) -> Double {
        let x = (order - 1) * epsilon
        let terms = [rest > 0 ? log(rest) : -.infinity, logKept + x, logOther - x]
        let exact = (logSumExp(terms) + 4 * ulpOfOne * (2 + x + abs(logKept) + abs(logOther))) / (order - 1)
        return roundedUp(min(epsilon, order * epsilon * epsilon / 2, max(0, exact)), by: 1e-14)
    }

    /// The most at order α among pairs of losses t and t − ε, 0 ≤ t ≤ ε: what an exponential mechanism of range ε costs.
    ///
    /// P(t) = (e^ε − e^t)/(e^ε − 1) for E_Q = 1. With y = e^t, E_P e^((α−1)L) =
    /// y^(α−1)·[e^ε − e^(−(α−1)ε) − y·(1 − e^(−(α−1)ε))]/(e^ε − 1), largest at y = (α−1)/α·(e^ε − e^(−(α−1)ε))/(1 − e^(−(α−1)ε))
    /// (the family: Dong, Durfee, Rogers 2020, Lemma 3.2; that its extremes suffice: Cesar, Rogers 2021, Lemma 3.4). At most
    /// ε²α/8 there, and ε.
    static func boundedRange(_ epsilon: Double, order: Double) -> Double {
        if epsilon == 0 { return 0 }
        let simple = min(epsilon, order * epsilon * epsilon / 8)
        let m = order - 1
        guard epsilon > 1e-3, epsilon < 300 else { return roundedUp(simple, by: 1e-14) }
        // Everything over e^ε: u = 1 − e^(−αε), v = 1 − e^(−mε); y/e^ε = (m/α)·u/v.
        let (u, v) = (-expm1(-order * epsilon), -expm1(-m * epsilon))
        let y = min(1, max(exp(-epsilon), m / order * u / v))
        let inner = u - y * v
        guard inner > 0 else { return roundedUp(simple, by: 1e-14) }
        let exact = epsilon + log(y) + (log(inner) - log(-expm1(-epsilon)) + 1e-14) / m + 1e-14 * epsilon
        return roundedUp(min(simple, max(0, exact)), by: 1e-14)
    }
}

extension SampledEvent {
    /// Both directions of the sampled pair; the larger. Where the pair's losses are few, by their sum; else by what is
    /// known of pure ε.
    func renyiCost(order: Double) -> Double {
        let q = samplingProbability
        switch event {
        case .gaussian(let inner):
            return SubsampledGaussian(noiseMultiplier: inner.noiseMultiplier, samplingProbability: q).cost(order: order)
        case .discreteGaussian, .gaussianSum: break
        case .randomizedResponse, .discreteLaplace:
            guard let law = event.lossLaws?.first?.law else { break }
            return sum(of: law.mechanism, order: order)
        default:
            guard let epsilon = event.pureEpsilon else { break }
            let own = event.otherRenyiCost(order: order)
            return min(own, sum(of: .approximate(epsilon: epsilon, delta: 0), order: order))
        }
        return .infinity
    }

    private func sum(of mechanism: LossMechanism, order: Double) -> Double {
        let law = LossLaw(mechanism, samplingProbability: samplingProbability)
        var worst = 0.0
        for direction in law.directions {
            guard let atoms = law.atoms(direction), atoms.count <= 1 << 12 else { return .infinity }
            // Where nothing can be there is nothing to sum, though its loss is infinite: pure ε has no failure mass.
            let kept = atoms.filter { $0.mass > 0 && $0.loss > -.infinity }
            let largest = kept.map { abs($0.loss) }.max() ?? 0
            let moment: Double
            if (order - 1) * largest < 300 {
                // Masses sum to 1, so only what the powers differ from 1 is summed, and only that is rounded: a mass by some
                // ulps and as many as its exponent, which is no larger than a loss; a loss by some ulps.
                let terms = kept.map { $0.mass * expm1((order - 1) * $0.loss) }
                let size = kept.indices.reduce(0) {
                    $0 + abs(terms[$1]) + (order - 1) * abs(kept[$1].loss) * kept[$1].mass
                }
                let rounding = ulpOfOne * (64 + 8 * largest) * (1 + (order - 1) * largest)
                moment = log1p(terms.reduce(0, +) + rounding * size) * (1 + 4 * ulpOfOne)
            } else {
                let terms = kept.map { log($0.mass) + (order - 1) * $0.loss }
                moment = logSumExp(terms) + 8 * ulpOfOne * (40 + (order - 1) * largest)
            }
            worst = max(worst, moment / (order - 1))
        }
        return roundedUp(worst, by: 1e-14)
    }
}

extension RandomTrialsEvent {
    /// Papernot, Steinke 2022. Negative binomial (Theorem 2), for any second order α̂ ≥ 1:
    /// ε(α) + (1 + η)(1 − 1/α̂)·ε(α̂) + (1 + η)·ln(1/γ)/α̂ + ln E[K]/(α − 1).
    /// Poisson (Theorem 6), where a run is (ε̂, δ̂)-DP with e^ε̂ ≤ 1 + 1/(α − 1): ε(α) + mean·δ̂ + ln(mean)/(α − 1).
    func renyiCost(order: Double) -> Double {
        let base = RunPlan(event)
        let own = RenyiAccountant.cost(of: base, order: order)
        guard own.isFinite else { return .infinity }
        switch trials {
        case .poisson(let mean):
            let curve = RenyiAccountant.curve(of: base, orders: Self.orders)
            let failure = curve.delta(epsilon: log1p(1 / (order - 1)) * (1 - 1e-14)).delta
            return roundedUp(own + mean * failure + max(0, log(mean) / (order - 1)), by: 1e-14)
        case .negativeBinomial(let shape, let probability):
            var least = Double.infinity
            for other in Self.orders {
                let cost = RenyiAccountant.cost(of: base, order: other)
                least = min(least, (1 - 1 / other) * cost - log(probability) / other)
            }
            let extra = (1 + shape) * least + log(Self.mean(shape, probability)) / (order - 1)
            return roundedUp(own + max(0, extra), by: 1e-13)
        }
    }

    /// E[K] of the negative binomial truncated at 1 (Papernot, Steinke 2022, Definition 1).
    private static func mean(_ shape: Double, _ gamma: Double) -> Double {
        if abs(shape) < 1e-6 { return (1 / gamma - 1) / -log(gamma) * (1 + 1e-4) }
        return shape * (1 - gamma) / gamma / -expm1(shape * log(gamma))
    }

    /// Second orders that are tried: fewer than the accountant's, since each is tried at each first order.
    private static let orders: [Double] = (0..<48).map { 1 + 0.05 * pow(1.3, Double($0)) }
}
