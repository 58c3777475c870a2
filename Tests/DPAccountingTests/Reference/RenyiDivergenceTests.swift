// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Rényi costs of every mechanism against sums and integrals of p^α·q^(1−α).
struct RenyiDivergenceTests {
    struct Row {
        let release: ReferenceRelease
        let order: Double
        let remove: Double
        let add: Double
        var larger: Double { max(remove, add) }

        init(_ cells: [Substring]) throws {
            release = try ReferenceRelease(cells)
            order = try #require(Double(cells[4]))
            remove = try #require(Double(cells[5]))
            add = try #require(Double(cells[6]))
        }
    }

    static func rows() throws -> [Row] { try ReferenceTable(RenyiDivergences.text).rows.map(Row.init) }

    /// Mechanisms whose cost here is the divergence itself; of the others a bound is known.
    static func isTight(_ release: ReferenceRelease) -> Bool {
        switch release.kind {
        case "gaussian", "response", "approximate": true
        case "laplace": release.samplingProbability >= 1
        // Its exact sum is taken where 1/b is above 10⁻³, as all here.
        case "discreteLaplace": true
        default: false
        }
    }

    @Test("no cost is below the divergence of either direction")
    func neverBelow() throws {
        let rows = try Self.rows()
        #expect(rows.count > 250)
        for row in rows {
            let cost = RenyiAccountant.cost(of: row.release.event, order: row.order)
            #expect(cost >= row.larger * (1 - 1e-12), "\(row): \(cost)")
            #expect(!cost.isNaN)
        }
    }

    @Test("where the divergence is known it is the cost, to 1e-9")
    func tight() throws {
        for row in try Self.rows() where Self.isTight(row.release) {
            let cost = RenyiAccountant.cost(of: row.release.event, order: row.order)
            // Raised by 1e-11 relative, and by 8·40 ulps over α − 1 = 0.05 where the logarithm is of nearly 1: 1.5e-12.
            #expect(cost <= row.larger * (1 + 1e-9) + 1.5e-12, "\(row): \(cost)")
        }
    }

    @Test("the others keep to their bound: ρ·α, and pure ε of a sample")
    func bounds() throws {
        for row in try Self.rows() where !Self.isTight(row.release) {
            let cost = RenyiAccountant.cost(of: row.release.event, order: row.order)
            switch row.release.kind {
            case "discreteGaussian" where row.release.samplingProbability >= 1:
                let rho = row.release.second * row.release.second / (2 * row.release.first)
                #expect(relativeError(cost, rho * row.order) < 1e-14)
            case "discreteGaussian":
                #expect(cost == .infinity)
            default:
                let inner = 1 / row.release.first
                #expect(cost <= log1p(row.release.samplingProbability * expm1(inner)) * (1 + 1e-14))
            }
        }
    }

    @Test("costs of n releases add, at every order")
    func additive() throws {
        for row in try Self.rows() where row.order < 10 {
            let one = RenyiAccountant.cost(of: row.release.event, order: row.order)
            let seven = RenyiAccountant.cost(
                of: RunPlan([.init(event: row.release.event, count: 7)]), order: row.order)
            #expect(one == .infinity ? seven == .infinity : relativeError(seven, 7 * one) < 1e-14)
            #expect(seven >= 7 * one)
        }
    }

    @Test("the cost rises with the order, and is at most the largest loss")
    func monotone() throws {
        for (release, rows) in Dictionary(grouping: try Self.rows(), by: \.release) {
            let costs = rows.sorted { $0.order < $1.order }.map {
                RenyiAccountant.cost(of: release.event, order: $0.order)
            }
            #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 <= $1 * (1 + 1e-12) }, "\(release)")
            if let pure = release.event.pureEpsilon, release.event.failure == .zero {
                #expect(costs.allSatisfy { $0 <= pure * (1 + 1e-13) }, "\(release)")
            }
        }
    }
}
