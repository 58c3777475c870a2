// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The analytic Gaussian from μ = 1e-6 to 300, where δ underflows and where it is next to 1.
struct GaussianProfileTests {
    struct Row {
        let mu: Double
        let epsilon: Double
        let logDelta: Double

        init(_ cells: [Substring]) throws {
            mu = try #require(Double(cells[0]))
            epsilon = try #require(Double(cells[1]))
            logDelta = try #require(Double(cells[2]))
        }

        /// What two ulps of ε/μ move ln δ by: its slope in ε/μ is at most (ε/μ) + 2.
        var conditioning: Double { 4e-16 * (2 + epsilon / mu) * (1 + epsilon / mu + mu) }
    }

    static func rows() throws -> [Row] { try ReferenceTable(GaussianProfile.text).rows.map(Row.init) }

    @Test("ln δ to 1e-10")
    func profile() throws {
        for row in try Self.rows() {
            let found = GaussianDP.logDelta(mu: row.mu, epsilon: row.epsilon)
            #expect(abs(found - row.logDelta) <= 1e-10 * max(1e-300, abs(row.logDelta)) + row.conditioning, "\(row)")
        }
    }

    @Test("ε at that δ, to 1e-10, and rounded up never below")
    func inverse() throws {
        for row in try Self.rows() where row.epsilon > 0 && row.logDelta < -1e-3 && row.logDelta > -700 {
            let found = GaussianDP.epsilon(mu: row.mu, logDelta: row.logDelta)
            // ln δ itself is a double: half an ulp of it over the slope, which is at least 1/μ² times ε or so.
            #expect(abs(found - row.epsilon) <= 1e-10 * row.epsilon + 1e-9 * row.mu, "\(row): \(found)")
            let up = GaussianDP.epsilonRoundedUp(mu: row.mu, delta: exp(row.logDelta))
            #expect(up >= row.epsilon * (1 - 1e-13) - 1e-15, "\(row): \(up)")
        }
    }

    @Test("μ from ε and δ, and the noise from both")
    func noise() throws {
        for row in try Self.rows() where row.logDelta < -1e-3 && row.logDelta > -700 {
            let found = GaussianDP.mu(epsilon: row.epsilon, delta: exp(row.logDelta))
            #expect(relativeError(found, row.mu) < 1e-9, "\(row): \(found)")
            let multiplier = GaussianDP.noiseMultiplier(epsilon: row.epsilon, delta: exp(row.logDelta))
            #expect(relativeError(multiplier, 1 / row.mu) < 1e-9, "\(row): \(multiplier)")
        }
    }

    @Test(
        "every accountant that prices Gaussians is at or above", arguments: [Accountant.gdp, .zcdp, .rdp, .pld, .exact])
    func accountants(name: Accountant) throws {
        let method = try #require(name.method)
        for row in try Self.rows() where row.mu >= 1e-3 && row.mu <= 25 && row.logDelta > -600 {
            let plan = RunPlan(.gaussian(GaussianEvent(noiseMultiplier: 1 / row.mu)))
            let found = log(method.delta(of: plan, epsilon: row.epsilon))
            #expect(
                found >= row.logDelta - 1e-12 * max(1, -row.logDelta) - row.conditioning, "\(name) \(row): \(found)")
        }
    }

    @Test("n Gaussians are one of √n times the μ", arguments: [4, 100])
    func composed(count: Int) throws {
        for row in try Self.rows() where row.mu >= 0.03 && row.mu <= 4 && row.logDelta > -600 {
            let multiplier = Double(count).squareRoot() / row.mu
            let plan = RunPlan([.init(event: .gaussian(GaussianEvent(noiseMultiplier: multiplier)), count: count)])
            let found = log(GaussianAccounting().delta(of: plan, epsilon: row.epsilon))
            #expect(found >= row.logDelta - 1e-12 * max(1, -row.logDelta) - row.conditioning, "\(row)")
            #expect(found <= row.logDelta + 1e-11 * max(1, -row.logDelta) + 1e-11 + 10 * row.conditioning, "\(row)")
        }
    }
}
