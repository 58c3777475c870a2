// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// A table that Benchmarks/accounting/make_tables.py wrote: one row a line, cells separated by blanks.
struct ReferenceTable: Sendable {
    let rows: [[Substring]]

    init(_ text: String) { rows = text.split(separator: "\n").map { $0.split(separator: " ") } }
}

/// The mechanism at the head of a row, and the pair and the event that are to price it.
struct ReferenceRelease: Hashable, Sendable, CustomTestStringConvertible {
    let kind: Substring
    let first: Double
    let second: Double
    let samplingProbability: Double

    init(_ row: [Substring]) throws {
        kind = row[0]
        first = try #require(Double(row[1]))
        second = try #require(Double(row[2]))
        samplingProbability = try #require(Double(row[3]))
    }

    var testDescription: String { "\(kind) \(first) \(second) q \(samplingProbability)" }

    var mechanism: LossMechanism {
        switch kind {
        case "gaussian": .gaussian(noiseMultiplier: first)
        case "laplace": .laplace(scale: first)
        case "discreteLaplace": .discreteLaplace(scale: first, sensitivity: Int(second))
        case "discreteGaussian": .discreteGaussian(variance: first, sensitivity: Int(second))
        case "response": .randomizedResponse(noise: first, buckets: Int(second))
        default: .approximate(epsilon: first, delta: second)
        }
    }

    var law: LossLaw { LossLaw(mechanism, samplingProbability: samplingProbability) }

    /// All numbers of the tables are twentieths or integers, but for the failure masses.
    private var fraction: Rational { Rational(Int64((first * 20).rounded()), 20)! }

    var event: PrivacyEvent {
        let bound = ItemBound(maxItemsPerUser: 1, maxValuePerItem: max(1, Int(second)))
        let plain: PrivacyEvent =
            switch kind {
            case "gaussian": .gaussian(GaussianEvent(noiseMultiplier: first))
            case "laplace": .laplace(LaplaceEvent(noiseMultiplier: first))
            case "discreteLaplace":
                .discreteLaplace(DiscreteLaplaceEvent(scale: fraction, bound: bound, dimension: 3))
            case "discreteGaussian":
                .discreteGaussian(DiscreteGaussianEvent(variance: fraction, bound: bound, dimension: 3))
            case "response": .randomizedResponse(RandomizedResponseEvent(noise: first, buckets: Int(second)))
            default:
                .approximate(
                    ApproximateEvent(
                        epsilon: EpsilonAmount(first, rounding: .up), delta: DeltaAmount(second, rounding: .up)))
            }
        guard samplingProbability < 1 else { return plain }
        return .sampled(SampledEvent(samplingProbability: samplingProbability, event: plain))
    }

    /// A direction's name in a table.
    static func direction(_ name: Substring) -> LossDirection { name == "remove" ? .remove : .add }
}
