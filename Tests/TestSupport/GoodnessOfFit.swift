// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Pearson's chi-square test of drawn integers against a law.
public enum GoodnessOfFit {
    /// The chance that one right sampler fails one test, over fresh seeds.
    public static let falseAlarmRate = 1e-6
    /// Φ⁻¹(1 − falseAlarmRate).
    private static let quantile = 4.753424308822899

    /// At or above the critical value of chi-square at `falseAlarmRate` (Wilson and Hilferty 1931; for 5 degrees and more
    /// it is at most 5 % above the true one, see `GoodnessOfFitTests`).
    public static func criticalValue(degreesOfFreedom: Int) -> Double {
        let v = 2 / (9 * Double(degreesOfFreedom))
        return Double(degreesOfFreedom) * pow(1 - v + quantile * v.squareRoot(), 3)
    }

    /// Whether the draws fit: cells of expected count 20 and more, all other outcomes in one cell.
    /// - Parameter law: outcomes and their probabilities; what is missing to 1 belongs to all other outcomes.
    public static func fits(_ draws: [Int64], _ law: [(outcome: Int64, probability: Double)]) -> Bool {
        let n = Double(draws.count)
        let cells = law.filter { $0.probability * n >= 20 }
        var seen: [Int64: Int] = [:]
        for draw in draws { seen[draw, default: 0] += 1 }
        var statistic = 0.0
        var (restProbability, restSeen) = (1.0, draws.count)
        for cell in cells {
            let (expected, count) = (cell.probability * n, seen[cell.outcome, default: 0])
            statistic += (Double(count) - expected) * (Double(count) - expected) / expected
            restProbability -= cell.probability
            restSeen -= count
        }
        var degrees = cells.count - 1
        if restProbability * n >= 20 {
            statistic += pow(Double(restSeen) - restProbability * n, 2) / (restProbability * n)
            degrees += 1
        } else if Double(restSeen) > 80 {
            // Poisson with mean below 20 passes 80 with probability below 1e-20.
            return false
        }
        return degrees < 1 || statistic <= criticalValue(degreesOfFreedom: degrees)
    }
}
