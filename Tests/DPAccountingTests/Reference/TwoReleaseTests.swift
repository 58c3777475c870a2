// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Two releases of different kinds in a row, against an integral over the first of the second's profile.
struct TwoReleaseTests {
    struct Row {
        let first: ReferenceRelease
        let second: LossLaw
        let direction: LossDirection
        let epsilon: Double
        let delta: Double
        var laws: [LossLawCount] { [LossLawCount(first.law, count: 1), LossLawCount(second, count: 1)] }

        init(_ cells: [Substring]) throws {
            first = try ReferenceRelease(cells)
            let (sigma, q) = (try #require(Double(cells[4])), try #require(Double(cells[5])))
            second = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
            direction = ReferenceRelease.direction(cells[6])
            epsilon = try #require(Double(cells[7]))
            delta = try #require(Double(cells[8]))
        }
    }

    static func rows() throws -> [Row] { try ReferenceTable(TwoReleases.text).rows.map(Row.init) }

    @Test("composed losses are never below the integral, and near it")
    func losses() throws {
        let rows = try Self.rows()
        #expect(rows.count == 18 * 2 * 3)
        var accountant = LossAccountant()
        for row in rows where row.delta > 1e-20 {
            let found = accountant.logDelta(of: row.laws, row.direction, epsilon: row.epsilon)
            let exact = log(row.delta)
            #expect(found >= exact - 1e-12 * max(1, -exact), "\(row): \(found), \(exact)")
            // 1e-5 of δ, and twice 1e-5 of ε, times the slope of ln δ there, which next to the largest loss is above a thousand.
            let near = [0.99, 1.01].map { accountant.logDelta(of: row.laws, row.direction, epsilon: row.epsilon * $0) }
            let slope = near[1].isFinite ? (near[0] - near[1]) / (0.02 * row.epsilon) : 2e3
            #expect(found <= exact + 2e-5 * row.epsilon * slope + 1e-5, "\(row): \(found), \(exact)")
        }
    }

    @Test("the order of the two does not matter")
    func order() throws {
        var accountant = LossAccountant(tolerance: 1e-4)
        for row in try Self.rows() where row.delta > 1e-20 {
            let there = accountant.logDelta(of: row.laws, row.direction, epsilon: row.epsilon)
            let back = accountant.logDelta(of: row.laws.reversed(), row.direction, epsilon: row.epsilon)
            #expect(abs(there - back) < 1e-9 * max(1, -there), "\(row)")
        }
    }

    @Test("composing costs at least each part")
    func parts() throws {
        for row in try Self.rows() where row.delta > 1e-20 {
            for part in row.laws {
                #expect(row.delta >= part.law.hockeyStick(row.epsilon, row.direction) - 2e-14, "\(row)")
            }
        }
    }

    @Test("the exact accountant's bracket holds the integral")
    func brackets() throws {
        for row in try Self.rows() where row.delta > 1e-20 {
            let both = try #require(ExactAccountant.compositions(row.laws, directions: [row.direction]))
            let found = both[0].logDelta(epsilon: row.epsilon, effort: .full)
            let exact = log(row.delta)
            #expect(found.upper >= exact - 1e-11 && found.lower <= exact + 1e-11, "\(row): \(found), \(exact)")
            // Two releases of which one has atoms: where ε is next to one of theirs smoothing shows to first order, by its μ times the
            // slope of ln δ. A sampled Laplace's line is dearer, so its smoothing is the stronger: up to 10⁻³ of loss.
            if row.first.kind != "laplace" || row.first.samplingProbability >= 1 {
                #expect(found.upper <= exact + 1e-4, "\(row): \(found), \(exact)")
            } else {
                let before = both[0].logDelta(epsilon: row.epsilon - 5e-3, effort: .full)
                #expect(exact <= before.upper && found.upper <= before.upper, "\(row): \(found), \(exact)")
            }
        }
    }
}
