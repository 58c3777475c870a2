// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct SubsampledGaussianTests {
    private func mechanism(_ sigma: Double, _ q: Double) -> SubsampledGaussian {
        SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q)
    }

    @Test(
        "agrees with 40-digit values at integer and fractional orders",
        .enabled(if: Golden.available, "no golden files"))
    func golden() throws {
        let rows = GoldenAccounting.rows("rdp_subsampled_gaussian")
        #expect(rows.count == 980)
        var worst = 0.0
        for row in rows {
            let (sigma, q, order, exact) = (row[0]!, row[1]!, row[2]!, row[3]!)
            let ours = mechanism(sigma, q).cost(order: order)
            let error = relativeError(ours, exact)
            worst = max(worst, error)
            // The golden file's own tolerance; the cost is raised by 1e-11, more than it errs.
            #expect(error < 1e-9, "σ \(sigma), q \(q), order \(order): \(ours) against \(exact)")
            #expect(ours >= exact * (1 - 1e-15), "below the truth at σ \(sigma), q \(q), order \(order)")
        }
        #expect(worst < 1e-10)
    }

    @Test("adding a user agrees with 40-digit values, and is never above removing", .enabled(if: Golden.available))
    func goldenAddDirection() throws {
        for row in GoldenAccounting.rows("rdp_subsampled_gaussian") {
            guard let exact = row[4], row[1]! < 1 else { continue }
            let (sigma, q, order) = (row[0]!, row[1]!, row[2]!)
            let subject = mechanism(sigma, q)
            let moment = try #require(subject.logMomentByQuadrature(exponent: 1 - order))
            let ours = moment / (order - 1)
            #expect(relativeError(ours, exact) < 1e-9, "σ \(sigma), q \(q), order \(order): \(ours) against \(exact)")
            #expect(ours <= subject.cost(order: order) * (1 + 1e-12))
        }
    }

    @Test("binomial sum and quadrature are two ways to the same number")
    func integerOrdersTwice() throws {
        for (sigma, q) in [(0.3, 0.01), (1.0, 1e-6), (2.0, 0.5), (30.0, 0.9), (1000.0, 1e-4), (0.8, 0.999)] {
            for order in [2, 3, 7, 33, 150] {
                let subject = mechanism(sigma, q)
                guard let quadrature = subject.logMomentByQuadrature(exponent: Double(order)) else { continue }
                // Rounding of log binomials and exponentials, a few hundred terms.
                #expect(
                    relativeError(quadrature, subject.logMoment(integer: order)) < 1e-11,
                    "σ \(sigma), q \(q), order \(order)")
            }
        }
    }

    @Test("the chord lies above the quadrature")
    func chordIsAbove() throws {
        for (sigma, q) in [(0.5, 0.01), (1.0, 0.1), (4.0, 0.5)] {
            for order in [1.3, 2.5, 7.7] {
                let subject = mechanism(sigma, q)
                let quadrature = try #require(subject.logMomentByQuadrature(exponent: order))
                #expect(subject.logMomentByChord(order) >= quadrature)
            }
        }
    }

    @Test("without sampling it is the plain Gaussian")
    func noSampling() {
        for order in [1.25, 2, 17, 1e5] {
            #expect(relativeError(mechanism(3, 1).cost(order: order), order / 18) < 1e-14)
        }
    }

    @Test("no parameters make it NaN, negative, a trap, or cheaper than with less sampling or more noise")
    func adversarial() {
        for order in [1 + 1e-9, 1.01, 1.5, 2, 9.99, 64.5, 1000, 8191.5, 8193, 1e9] {
            var atNoise: [Double: Double] = [:]
            for sigma in [1e-3, 0.04, 0.3, 1, 7, 100, 1e6] {
                var previous = 0.0
                for q in [1e-9, 1e-4, 0.3, 0.999_999, 1] {
                    let cost = mechanism(sigma, q).cost(order: order)
                    #expect(cost >= 0 && !cost.isNaN, "σ \(sigma), q \(q), order \(order)")
                    #expect(cost >= previous * (1 - 1e-10), "σ \(sigma), q \(q), order \(order)")
                    previous = cost
                    if let noisier = atNoise[q] { #expect(cost <= noisier * (1 + 1e-10)) }
                    atNoise[q] = cost
                }
            }
        }
    }
}
