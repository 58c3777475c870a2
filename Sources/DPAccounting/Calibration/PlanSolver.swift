// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What makes equal Gaussian steps cost at most ε at δ by one accountant: the noise, the steps, the sampling probability.
///
/// What comes back was priced and found within what was asked. Ideal laws, no sampler's share: for questions without a run
/// (`discreet account`); runs are calibrated by `Calibration`.
public struct PlanSolver: Sendable {
    public let epsilon: Double
    public let delta: Double
    public let accountant: any PlanAccountant

    /// How near to the root, relative.
    public static let tolerance = 1e-7

    public init(epsilon: Double, delta: Double, accountant: any PlanAccountant) {
        (self.epsilon, self.delta, self.accountant) = (epsilon, delta, accountant)
    }

    /// `steps` Gaussian releases on a sample.
    public static func plan(noiseMultiplier: Double, samplingProbability: Double, steps: Int) -> RunPlan {
        let release = PrivacyEvent.gaussian(GaussianEvent(noiseMultiplier: noiseMultiplier))
        let event =
            samplingProbability >= 1
            ? release : .sampled(SampledEvent(samplingProbability: samplingProbability, event: release))
        return RunPlan([RunPlan.Stretch(event: event, count: max(1, steps))])
    }

    /// The least noise multiplier.
    /// - Throws: `.outOfRange`, and `.impossible` where no multiplier up to 10⁹ is enough.
    public func noiseMultiplier(samplingProbability: Double = 1, steps: Int) throws(CalibrationError) -> Double {
        guard epsilon > 0, epsilon.isFinite else { throw .outOfRange("ε must be positive and finite") }
        guard delta > 0, delta < 1 else { throw .outOfRange("δ must be between 0 and 1") }
        guard samplingProbability >= 0x1p-64, samplingProbability <= 1 else {
            throw .outOfRange("the sampling probability must be in (0, 1]")
        }
        guard (1...RunPlan.Stretch.mostSteps).contains(steps) else { throw .outOfRange("steps must be 1 to 2³²") }
        if accountant.name == .pld {
            return try PrivacyLossAccountant.noiseMultiplier(
                epsilon: epsilon, delta: delta, samplingProbability: samplingProbability, steps: steps)
        }
        let start = guess(samplingProbability, steps)
        func plan(_ multiplier: Double) -> RunPlan {
            Self.plan(noiseMultiplier: multiplier, samplingProbability: samplingProbability, steps: steps)
        }
        if accountant.name == .rdp, let found = byOrders(from: start, plan) { return found }
        let found = Self.least(
            from: start, in: Calibration.range, { accountant.epsilon(of: plan($0), delta: delta) }, epsilon)
        guard let found else {
            throw .impossible(
                epsilon: EpsilonAmount(epsilon, rounding: .down), delta: DeltaAmount(delta, rounding: .down),
                problem: .tooExpensive)
        }
        return found
    }

    /// Rényi orders with warm starts; nil where these ended in another valley than the full search does (where a quadrature is
    /// given up, chords between integer orders make small ones).
    private func byOrders(from start: Double, _ plan: (Double) -> RunPlan) -> Double? {
        var search = RenyiSearch(delta: delta)
        let found = Self.least(from: start, in: Calibration.range, { search.epsilon(of: plan($0)).epsilon }, epsilon)
        guard let found else { return nil }
        let full = accountant.epsilon(of: plan(found), delta: delta)
        return full <= epsilon && full >= epsilon * (1 - 1e-5) ? found : nil
    }

    /// √T·q over the μ of (ε, δ): right for large noise, and near enough to start from.
    private func guess(_ q: Double, _ steps: Int) -> Double {
        let mu = GaussianDP.mu(epsilon: epsilon, delta: delta)
        return min(1e8, max(2e-3, q >= 1 ? 0 : 0.5, Double(steps).squareRoot() * q / max(mu, 1e-12)))
    }

    /// The most steps, at most 2³²; 0 where one is too many.
    public func steps(noiseMultiplier: Double, samplingProbability: Double = 1) throws(CalibrationError) -> Int {
        guard epsilon >= 0 else { throw .outOfRange("ε must not be negative") }
        guard noiseMultiplier > 0, noiseMultiplier.isFinite else { throw .outOfRange("the noise must be positive") }
        guard samplingProbability >= 0x1p-64, samplingProbability <= 1 else {
            throw .outOfRange("the sampling probability must be in (0, 1]")
        }
        func excess(_ steps: Int) -> Double {
            let plan = Self.plan(
                noiseMultiplier: noiseMultiplier, samplingProbability: samplingProbability, steps: steps)
            return accountant.epsilon(of: plan, delta: delta) - epsilon
        }
        var (low, left) = (1, excess(1))
        guard left <= 0 else { return 0 }
        if accountant.name == .pld, delta > 0, delta < 1, epsilon.isFinite {
            return try PrivacyLossAccountant.steps(
                epsilon: epsilon, delta: delta, noiseMultiplier: noiseMultiplier,
                samplingProbability: samplingProbability)
        }
        let most = RunPlan.Stretch.mostSteps
        var (high, right) = (2, excess(2))
        while right <= 0, high < most {
            (low, left) = (high, right)
            high = min(most, high * 4)
            right = excess(high)
        }
        if right <= 0 { return most }
        // ε grows about as √T to T: regula falsi in ln T, kept inside, with a bisection whenever it closes from one side only.
        var isSlow = false
        while high - low > 1 {
            var middle = low + (high - low) / 2
            if !isSlow, right.isFinite {
                let (a, b) = (log(Double(low)), log(Double(high)))
                let share = left / (left - right)
                middle = min(max(Int(exp(a + (b - a) * share)), low + 1), high - 1)
            }
            let (width, at) = (high - low, excess(middle))
            if at <= 0 { (low, left) = (middle, at) } else { (high, right) = (middle, at) }
            isSlow = (high - low) * 2 > width && !isSlow
        }
        return low
    }

    /// The largest sampling probability; nil where even 2⁻⁶⁴ is too much.
    public func samplingProbability(noiseMultiplier: Double, steps: Int) throws(CalibrationError) -> Double? {
        guard noiseMultiplier > 0, noiseMultiplier.isFinite else { throw .outOfRange("the noise must be positive") }
        guard (1...RunPlan.Stretch.mostSteps).contains(steps) else { throw .outOfRange("steps must be 1 to 2³²") }
        func price(_ inverse: Double) -> Double {
            let plan = Self.plan(noiseMultiplier: noiseMultiplier, samplingProbability: 1 / inverse, steps: steps)
            return accountant.epsilon(of: plan, delta: delta)
        }
        if price(1) <= epsilon { return 1 }
        return Self.least(from: 16, in: 1...0x1p64, price, epsilon).map { 1 / $0 }
    }

    /// The least x in `range` with price(x) ≤ ε, from above, for a price that falls: a bracket by steps of 4, then regula
    /// falsi (Illinois) in logarithms.
    private static func least(
        from start: Double, in range: ClosedRange<Double>, _ price: (Double) -> Double, _ epsilon: Double
    ) -> Double? {
        func excess(_ price: Double) -> Double { min(60, log(max(price, 1e-300) / epsilon)) }
        var high = min(max(start, range.lowerBound), range.upperBound)
        var right = excess(price(high))
        var (low, left) = (high, right)
        // From a good guess a small step is enough; it grows where it is not.
        var factor = 1.3
        while right > 0 {
            guard high < range.upperBound else { return nil }
            (low, left) = (high, right)
            high = min(range.upperBound, high * factor)
            right = excess(price(high))
            factor = min(16, factor * factor)
        }
        factor = 1.3
        while left <= 0 {
            guard low > range.lowerBound else { return high }
            (high, right) = (low, left)
            low = max(range.lowerBound, low / factor)
            left = excess(price(low))
            factor = min(16, factor * factor)
        }
        right = min(-1e-12, right)
        for _ in 0..<200 where high - low > tolerance * high {
            let (a, b) = (log(low), log(high))
            let margin = tolerance / 3
            let middle = min(
                max(exp(a + (b - a) * left / (left - right)), low * (1 + margin)), high * (1 - margin))
            let at = excess(price(middle))
            if at <= 0 {
                (high, right, left) = (middle, min(-1e-12, at), left / 2)
            } else {
                (low, left, right) = (middle, max(1e-12, at), right / 2)
            }
        }
        return high
    }
}
