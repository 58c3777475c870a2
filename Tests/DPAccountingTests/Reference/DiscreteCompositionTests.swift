// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// T releases of a discrete mechanism against the enumeration of all that may come out.
struct DiscreteCompositionTests {
    struct Row {
        let release: ReferenceRelease
        let direction: LossDirection
        let count: Int
        let epsilon: Double
        let delta: Double
        var laws: [LossLawCount] { [LossLawCount(release.law, count: count)] }

        init(_ cells: [Substring]) throws {
            release = try ReferenceRelease(cells)
            direction = ReferenceRelease.direction(cells[4])
            count = Int(try #require(Double(cells[5])))
            epsilon = try #require(Double(cells[6]))
            delta = try #require(Double(cells[7]))
        }
    }

    static func rows() throws -> [Row] { try ReferenceTable(DiscreteCompositions.text).rows.map(Row.init) }

    @Test("on a lattice of its own the composition is exact: 1e-9 relative")
    func lattice() throws {
        var accountant = LossAccountant()
        for row in try Self.rows() where row.release.samplingProbability >= 1 {
            let found = exp(accountant.logDelta(of: row.laws, row.direction, epsilon: row.epsilon))
            #expect(found >= row.delta * (1 - 1e-12), "\(row): \(found)")
            // 1e-16: at the largest loss δ is 0 in decimals and a rounding of ε in binary.
            #expect(found <= row.delta * (1 + 1e-9) + 1e-16, "\(row): \(found)")
        }
    }

    @Test("sampled it is on a grid: never below, and above by what the grid was chosen for")
    func grid() throws {
        var accountant = LossAccountant()
        for row in try Self.rows() where row.release.samplingProbability < 1 {
            let found = exp(accountant.logDelta(of: row.laws, row.direction, epsilon: row.epsilon))
            #expect(found >= row.delta * (1 - 1e-12), "\(row): \(found)")
            // Near the largest loss few outcomes are left, which a grid moves up as a whole: by a step, 1e-4 of ε or less.
            #expect(found <= row.delta * (1 + 1e-3) + 1e-5 * exp(-row.epsilon), "\(row): \(found)")
        }
    }

    @Test("coarse grids are dearer, never cheaper than the enumeration", arguments: [1e-3, 1e-2, 0.1])
    func coarse(tolerance: Double) throws {
        var accountant = LossAccountant(tolerance: tolerance)
        for row in try Self.rows() where row.release.samplingProbability < 1 {
            let found = exp(accountant.logDelta(of: row.laws, row.direction, epsilon: row.epsilon))
            #expect(found >= row.delta * (1 - 1e-12), "\(row): \(found)")
        }
    }

    @Test("the exact accountant's bracket holds the enumeration")
    func brackets() throws {
        for (index, row) in try Self.rows().enumerated() where row.delta > 1e-20 && index % 7 == 0 {
            let both = try #require(ExactAccountant.compositions(row.laws, directions: [row.direction]))
            let found = both[0].logDelta(epsilon: row.epsilon, effort: .quick)
            let exact = log(row.delta)
            #expect(found.upper >= exact - 1e-11 * max(1, -exact), "\(row): \(found), \(exact)")
            #expect(found.lower <= exact + 1e-11 * max(1, -exact), "\(row): \(found), \(exact)")
        }
    }

    @Test("ε at a tabled δ is at most the tabled ε, and a little above δ less")
    func inverse() throws {
        var accountant = LossAccountant()
        for row in try Self.rows() where row.delta > 1e-9 && row.epsilon > 0 && row.release.samplingProbability >= 1 {
            let at = accountant.epsilon(of: row.laws, row.direction, delta: row.delta * (1 + 2e-9))
            #expect(at <= row.epsilon * (1 + 1e-12), "\(row): \(at)")
            // Just below δ no ε under the row's will do.
            let less = accountant.epsilon(of: row.laws, row.direction, delta: row.delta * (1 - 1e-9))
            #expect(less >= row.epsilon * (1 - 1e-12), "\(row): \(less)")
        }
    }

    @Test("Rényi accounting is above the enumeration too")
    func renyi() throws {
        for (release, rows) in Dictionary(grouping: try Self.rows(), by: \.release) {
            for row in rows {
                let plan = RunPlan([.init(event: release.event, count: row.count)])
                #expect(RenyiAccounting().delta(of: plan, epsilon: row.epsilon) >= row.delta * (1 - 1e-12), "\(row)")
            }
        }
    }
}
