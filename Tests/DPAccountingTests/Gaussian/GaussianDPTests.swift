// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

struct GaussianDPTests {
    @Test("ln δ agrees with 60-digit values, where δ itself underflows too", .enabled(if: Golden.available))
    func goldenDelta() {
        let rows = GoldenAccounting.rows("gaussian_delta")
        #expect(rows.count == 70)
        for row in rows {
            let ours = GaussianDP.logDelta(mu: row[0]!, epsilon: row[1]!)
            #expect(relativeError(ours, row[3]!) < 1e-10, "μ \(row[0]!), ε \(row[1]!): \(ours) against \(row[3]!)")
        }
    }

    @Test("ε agrees with 60-digit values", .enabled(if: Golden.available))
    func goldenEpsilon() {
        for row in GoldenAccounting.rows("gaussian_eps") {
            let ours = GaussianDP.epsilon(mu: row[0]!, delta: row[1]!)
            #expect(relativeError(ours, row[2]!) < 1e-10, "μ \(row[0]!), δ \(row[1]!): \(ours) against \(row[2]!)")
        }
        for one in GoldenAccounting.objects("gdp_composition") {
            let mus = (one["mus"] as? [Any] ?? []).compactMap(GoldenAccounting.number)
            let mu = mus.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(relativeError(mu, GoldenAccounting.number(one["mu"])!) < 1e-14)
            let ours = GaussianDP.epsilon(mu: mu, delta: GoldenAccounting.number(one["delta"])!)
            #expect(relativeError(ours, GoldenAccounting.number(one["eps"])!) < 1e-10)
        }
    }

    @Test("σ agrees with 60-digit values, and the textbook bound is not what we use", .enabled(if: Golden.available))
    func goldenSigma() {
        let rows = GoldenAccounting.rows("gaussian_sigma")
        #expect(rows.count == 40)
        for row in rows {
            let ours = GaussianDP.noiseMultiplier(epsilon: row[0]!, delta: row[1]!)
            #expect(relativeError(ours, row[2]!) < 1e-10, "ε \(row[0]!), δ \(row[1]!)")
        }
    }

    @Test("zCDP conversion agrees, and is never below the exact Gaussian of the same ρ", .enabled(if: Golden.available))
    func goldenZCDP() {
        for row in GoldenAccounting.rows("zcdp_delta") {
            let ours = ZeroConcentratedDP.delta(rho: row[0]!, epsilon: row[1]!)
            #expect(relativeError(ours, row[2]!) < 1e-8)
            #expect(ours >= row[3]!)
        }
        for row in GoldenAccounting.rows("zcdp_eps") {
            let ours = ZeroConcentratedDP.epsilon(rho: row[0]!, delta: row[1]!)
            #expect(relativeError(ours, row[2]!) < 1e-8)
            #expect(ours >= row[4]! && ours <= row[3]! * (1 + 1e-12))
        }
    }

    @Test("ε(δ(ε)) and μ(ε, δ) come back")
    func roundTrips() {
        for mu in [1e-3, 0.2, 1, 4, 30, 500] {
            for epsilon in [1e-4, 0.1, 2, 30, 1000] {
                let logDelta = GaussianDP.logDelta(mu: mu, epsilon: epsilon)
                guard logDelta > -700, logDelta < -1e-6 else { continue }
                // δ as a double knows ln δ to 1e-16; ε is only as sharp as δ is steep in it.
                let back = GaussianDP.epsilon(mu: mu, delta: exp(logDelta))
                #expect(abs(GaussianDP.logDelta(mu: mu, epsilon: back) - logDelta) < 1e-10 * max(1, -logDelta))
                let muBack = GaussianDP.mu(epsilon: epsilon, delta: exp(logDelta))
                #expect(relativeError(muBack, mu) < 1e-6)
            }
        }
    }

    @Test("extremes give limits, not NaN")
    func extremes() {
        for mu in [0, 1e-300, 1e-9, 1, 1e9, 1e300, Double.infinity] {
            for epsilon in [0, 1e-300, 1, 1e9, Double.infinity] {
                let value = GaussianDP.logDelta(mu: mu, epsilon: epsilon)
                #expect(!value.isNaN && value <= 0, "μ \(mu), ε \(epsilon)")
            }
            for delta in [0, 1e-300, 1e-9, 1] {
                let value = GaussianDP.epsilon(mu: mu, delta: delta)
                #expect(!value.isNaN && value >= 0, "μ \(mu), δ \(delta)")
            }
        }
        #expect(GaussianDP.epsilon(mu: 1, delta: 0) == .infinity)
        #expect(GaussianDP.mu(epsilon: 1, delta: 0) == 0)
        #expect(ZeroConcentratedDP.epsilon(rho: 1, delta: 0) == .infinity)
        #expect(ZeroConcentratedDP.epsilon(rho: 0, delta: 0) == 0)
    }
}
