// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct RoundingTests {
    @Test("next to order 1 a cost is that of 1.01, never a product of cancellation")
    func nextToOne() {
        for (sigma, q) in [(0.5, 0.01), (3, 0.4), (100, 1e-5)] {
            let subject = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q)
            #expect(subject.cost(order: 1 + 1e-12) == min(subject.cost(order: 1.01), (1 + 1e-12) / (2 * sigma * sigma)))
        }
    }

    @Test("very large integer orders agree with the quadrature")
    func largeOrders() throws {
        for (sigma, q, order) in [(60.0, 0.01, 2048), (300.0, 0.5, 8192), (50.0, 1e-6, 4096)] {
            let subject = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q)
            let quadrature = try #require(subject.logMomentByQuadrature(exponent: Double(order)))
            // What `cost` adds for the binomial sum at such an order.
            #expect(relativeError(subject.logMoment(integer: order), quadrature) < 1e-11 + 1e-14 * Double(order))
        }
    }

    @Test("scaled erfc is smooth where its two methods meet, and right at known points")
    func scaledErfcPoints() {
        // DLMF 7.12 and mpmath: erfcx(1), erfcx(7), erfcx(30).
        #expect(relativeError(scaledErfc(1), 0.427583576155807) < 1e-14)
        #expect(relativeError(scaledErfc(7), 0.0798000543291529) < 1e-14)
        #expect(relativeError(scaledErfc(30), 0.0187958888614168) < 1e-14)
        #expect(relativeError(scaledErfc(7.0.nextDown), scaledErfc(7)) < 1e-14)
        #expect(scaledErfc(.infinity) == 0)
    }

    @Test("an exact Gaussian price at tiny μ is never below the value from the other formula")
    func tinyMu() {
        for mu in [1e-9, 1e-6, 1e-3] {
            for share in [0.9, 0.1, 1e-3] {
                let delta = share * mu / (2 * Double.pi).squareRoot()
                let price = GaussianDP.epsilonRoundedUp(mu: mu, delta: delta)
                // Simpson's rule is good to about 1e-10 here.
                #expect(price >= GaussianIntegral(mu: mu).epsilon(delta: delta) * (1 - 1e-8))
                // At μ = 1e-9 the difference of two erfcx has lost nine digits, and δ is lowered by as much.
                #expect(price <= GaussianIntegral(mu: mu).epsilon(delta: delta) * (1 + 1e-4))
            }
        }
    }
}
