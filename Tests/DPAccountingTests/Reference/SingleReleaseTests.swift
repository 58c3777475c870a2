// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Every mechanism once, sampled or not, in both directions, against integrals of its densities.
struct SingleReleaseTests {
    struct Row {
        let release: ReferenceRelease
        let direction: LossDirection
        let epsilon: Double
        let delta: Double

        init(_ cells: [Substring]) throws {
            release = try ReferenceRelease(cells)
            direction = ReferenceRelease.direction(cells[4])
            epsilon = try #require(Double(cells[5]))
            delta = try #require(Double(cells[6]))
        }
    }

    static func rows() throws -> [Row] { try ReferenceTable(SingleReleases.text).rows.map(Row.init) }

    @Test("the table is what it should be: six mechanisms, three parameters, three samplings")
    func complete() throws {
        let rows = try Self.rows()
        #expect(Set(rows.map(\.release)).count == 57)
        // Two directions where it is sampled, one where not, at five ε.
        #expect(rows.count == 19 * 5 * (1 + 2 + 2))
        #expect(rows.allSatisfy { $0.delta >= 0 && $0.delta <= 1 })
    }

    @Test("the closed forms are the integral, from above")
    func closedForms() throws {
        for row in try Self.rows() {
            let found = row.release.law.hockeyStick(row.epsilon, row.direction)
            // 2e-16 of the parameters (0.35 and 0.3 are no doubles) moves δ by as much of P(L > ε) ≤ 1.
            #expect(found >= row.delta - 1e-15, "\(row)")
            // What it is raised by: twenty to two hundred ulps of P(L > ε), the more the farther out the threshold lies.
            #expect(found <= row.delta + 5e-14, "\(row)")
        }
    }

    @Test("a grid of 1e-3 is never below, and above by its chords alone")
    func grids() throws {
        let cut = LossGrid.Cut(above: 1e-30, below: 1e-30)
        for row in try Self.rows() where row.release.first > 0.35 {
            let grid = try #require(LossGrid(row.release.law, row.direction, .init(step: 1e-3), cut: cut))
            var sum = grid.infinite
            for k in grid.masses.indices where grid.loss(at: k) > row.epsilon {
                sum += grid.masses[k] * -expm1(row.epsilon - grid.loss(at: k))
            }
            #expect(sum >= row.delta * (1 - 1e-12) - 1e-15, "\(row)")
            // Connecting the dots moves a loss by less than one step; where all mass is one atom, by all of it.
            #expect(sum <= row.delta + 1.1e-3 * max(row.delta, 1e-3), "\(row)")
        }
    }

    @Test("the exact accountant's bracket holds the integral and is narrow")
    func brackets() throws {
        for (index, row) in try Self.rows().enumerated() where row.delta > 1e-25 && index % 4 == 0 {
            let laws = [LossLawCount(row.release.law, count: 1)]
            let both = try #require(ExactAccountant.compositions(laws, directions: [row.direction]))
            let found = both[0].logDelta(epsilon: row.epsilon, effort: .quick)
            let exact = log(row.delta)
            // The table's parameters are decimals, ours doubles.
            #expect(found.upper >= exact - 1e-11 && found.lower <= exact + 1e-11, "\(row): \(found)")
            // Atoms are smoothed: an ε on or near one shows it to first order, the more the smaller δ is.
            if row.release.kind == "gaussian" || row.release.kind == "laplace" {
                #expect(found.upper <= exact + 1e-9, "\(row): \(found)")
            } else if row.delta > 1e-3 {
                #expect(found.upper <= exact + 2e-2, "\(row): \(found)")
            }
        }
    }

    @Test("no accountant is below the larger direction", arguments: Accountant.allCases.compactMap(\.method?.name))
    func everyAccountant(name: Accountant) throws {
        let method = try #require(name.method)
        for (release, rows) in Dictionary(grouping: try Self.rows(), by: \.release) {
            for (epsilon, both) in Dictionary(grouping: rows, by: \.epsilon) {
                let worst = both.map(\.delta).max() ?? 0
                let found = method.delta(of: RunPlan(release.event), epsilon: epsilon)
                #expect(found >= worst * (1 - 1e-12) - 1e-15, "\(name) \(release) ε \(epsilon): \(found) < \(worst)")
                #expect(found <= 1)
                if name == .pld { #expect(found <= worst + 5e-14, "\(release) ε \(epsilon)") }
            }
        }
    }

    @Test("ε at the tabled δ is the tabled ε, from above")
    func inverse() throws {
        for (release, rows) in Dictionary(grouping: try Self.rows(), by: \.release) {
            for (epsilon, both) in Dictionary(grouping: rows, by: \.epsilon) where epsilon > 0 {
                let worst = both.map(\.delta).max() ?? 0
                guard worst > 1e-10, worst < 0.999 else { continue }
                // A δ that is a hair smaller costs at least that ε, a hair larger no more than it.
                let plan = RunPlan(release.event)
                #expect(PrivacyLossAccountant.epsilon(of: plan, delta: worst * (1 - 1e-3)) >= epsilon * (1 - 1e-12))
                #expect(PrivacyLossAccountant.epsilon(of: plan, delta: worst * (1 + 1e-3)) <= epsilon, "\(release)")
            }
        }
    }
}
