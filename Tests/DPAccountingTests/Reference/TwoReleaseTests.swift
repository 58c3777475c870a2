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
            // 1e-5 of ε ≤ 3, times the slope of ln δ there, which in the tail of σ = 3.5 and q = 0.05 is up to a hundred.
            #expect(found <= exact + 3e-3, "\(row): \(found), \(exact)")
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
            guard let both = ExactAccountant.compositions(row.laws, directions: [row.direction]) else {
                #expect(row.first.kind == "laplace" && row.first.samplingProbability < 1)
                continue
            }
            let found = both[0].logDelta(epsilon: row.epsilon, effort: .quick)
            let exact = log(row.delta)
            #expect(found.upper >= exact - 1e-11 && found.lower <= exact + 1e-11, "\(row): \(found), \(exact)")
            // An ε near an atom's shows the smoothing to first order.
            #expect(found.upper <= exact + 5e-3, "\(row): \(found), \(exact)")
        }
    }
}
