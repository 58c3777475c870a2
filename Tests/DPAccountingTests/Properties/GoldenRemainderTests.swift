// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// The golden keys that `GoldenAgreementTests` has not: curves and their conversions, zCDP in δ, filters, runs of several kinds,
/// brackets by the exact accountant, matrix mechanisms, and the list of what the tools get wrong.
@Suite(.enabled(if: Golden.available))
struct GoldenRemainderTests {
    typealias Line = GoldenAgreementTests.Line

    private static func numbers(_ value: Any?) -> [Double] {
        (value as? [Any] ?? []).compactMap(GoldenAccounting.number)
    }

    /// Orders of the curve and what the file says of it.
    private static var curves: [(name: String, curve: RenyiCurve, row: [String: Any])] {
        let orders = numbers(GoldenAccounting.root["rdp_conversion_orders"])
        return GoldenAccounting.objects("rdp_conversion").map { row in
            (
                "\(row["kind"] ?? "") \(row["params"] ?? "")",
                RenyiCurve(orders: orders, costs: numbers(row["rdp"])), row
            )
        }
    }

    @Test(
        "curves convert to ε and δ as the formula says, and never better than the tool, but for its bound of small orders"
    )
    func conversions() throws {
        var epsilon = Line("rdp_conversion (ε)", "relative", below: 1e-10, above: 1e-10)
        var delta = Line("rdp_conversion (δ)", "relative", below: 1e-10, above: 1e-10)
        var orders = 0
        for (name, curve, row) in Self.curves {
            for cells in row["eps_of_delta"] as? [[Any]] ?? [] {
                let values = cells.map(GoldenAccounting.number)
                let (at, exact) = (try #require(values[0]), try #require(values[1]))
                let ours = curve.epsilon(delta: at)
                epsilon.add(exact <= 0 ? ours.epsilon : ours.epsilon / exact - 1)
                // Mironov's conversion is looser at every δ.
                if let old = values[5] { #expect(ours.epsilon <= old * (1 + 1e-12), "\(name) \(at)") }
                if exact > 0, ours.order == values[2] { orders += 1 }
            }
            for cells in row["delta_of_eps"] as? [[Any]] ?? [] {
                let values = cells.map(GoldenAccounting.number)
                let (at, exact) = (try #require(values[0]), try #require(values[1]))
                let ours = curve.delta(epsilon: at).delta
                delta.add(ours == exact ? 0 : ours / min(1, exact) - 1)
            }
        }
        epsilon.check()
        delta.check()
        #expect(orders > 20, "the best order is the tool's in \(orders) rows")
    }

    @Test("curves are what our accountant says of their events")
    func curvesOfEvents() throws {
        var seen = 0
        for (name, curve, row) in Self.curves where row["kind"] as? String == "gaussian" {
            let parameters = try #require(row["params"] as? [String: Any])
            let sigma = try #require(GoldenAccounting.number(parameters["sigma"]))
            let steps = Int(GoldenAccounting.number(row["T"]) ?? 1)
            for (order, cost) in zip(curve.orders, curve.costs) {
                let ours = RenyiAccountant.cost(of: PublishedFiguresTests.plan(sigma, 1, steps), order: order)
                #expect(relativeError(ours, cost) < 1e-12, "\(name) \(order)")
                seen += 1
            }
        }
        #expect(seen >= 24)
    }

    @Test("zCDP to δ: the conversion, above the Gaussian of the same ρ, also where δ is no Double")
    func zeroConcentrated() throws {
        var line = Line("zcdp_delta", "relative, ln δ", below: 1e-8, above: 1e-8)
        let rows = try #require(GoldenAccounting.root["zcdp_delta"] as? [[Any]])
        /// ln of a decimal that may underflow.
        func logarithm(_ text: Any) -> Double {
            let parts = (text as? String ?? "").split(separator: "e")
            let mantissa = log(parts.first.flatMap { Double($0) } ?? .nan)
            return mantissa + (parts.count > 1 ? (Double(parts[1]) ?? 0) * log(10) : 0)
        }
        for row in rows {
            let (rho, epsilon) = (
                try #require(GoldenAccounting.number(row[0])), try #require(GoldenAccounting.number(row[1]))
            )
            let (exact, gaussian) = (logarithm(row[2]), logarithm(row[3]))
            let ours = ZeroConcentratedDP.logDelta(rho: rho, epsilon: epsilon)
            line.add((ours - exact) / max(1, abs(exact)))
            #expect(ours >= gaussian, "\(row)")
            #expect(
                abs(GaussianDP.logDelta(mu: (2 * rho).squareRoot(), epsilon: epsilon) - gaussian)
                    < 1e-9 * max(1, -gaussian), "\(row)")
        }
        line.check()
    }

    @Test("filters: what a Rényi order may let through, and what μ² may")
    func filters() throws {
        var budgets = Line("rdp_filter (budgets)", "relative", below: 1e-12, above: 1e-12)
        for filter in GoldenAccounting.objects("rdp_filter") {
            let (epsilon, delta) = (
                try #require(GoldenAccounting.number(filter["eps"])),
                try #require(GoldenAccounting.number(filter["delta"]))
            )
            for (order, budget) in zip(Self.numbers(filter["orders"]), Self.numbers(filter["budget_rdp"])) {
                budgets.add(
                    (RenyiConversion.budget(order: order, epsilon: epsilon, delta: delta) - budget)
                        / max(1, abs(budget)))
            }
        }
        budgets.check()
        var squares = Line("gdp_filter", "runs", below: 1, above: 0)
        for filter in GoldenAccounting.objects("gdp_filter") {
            let most = try #require(GoldenAccounting.number(filter["mu_budget"]))
            let accepted = try #require(
                GoldenAccounting.number(filter["accepted"]) ?? GoldenAccounting.number(filter["accepted_steps"]),
                "\(filter.keys.sorted())")
            // Amounts in 10⁻¹², each rounded up: the sum may be a little more, never less.
            let allowance = EpsilonAmount(most * most, rounding: .down)
            var (sum, count) = (EpsilonAmount.zero, 0)
            for mu in Self.numbers(filter["mus"]) {
                let next = sum + EpsilonAmount(mu * mu, rounding: .up)
                guard next <= allowance else { break }
                (sum, count) = (next, count + 1)
            }
            squares.add(Double(count) - accepted)
        }
        squares.check()
    }

    @Test("runs of Laplace, sampled Gaussians and discrete Gaussians: losses and the exact bracket")
    func heterogeneous() throws {
        var losses = Line("heterogeneous (pld)", "of max(1, ε)", below: 1e-7, above: 1e-3)
        var exactly = Line("heterogeneous (exact)", "of max(1, ε)", below: 1e-7, above: 1e-7)
        for run in GoldenAccounting.objects("heterogeneous") {
            let laplace = Self.numbers(run["laplace_b_T"])
            let discrete = Self.numbers(run["discrete_gaussian_sigma_T"])
            let variance = try #require(Rational(Int64((discrete[0] * discrete[0] * 1024).rounded()), 1024))
            var stretches = [
                RunPlan.Stretch(event: .laplace(LaplaceEvent(noiseMultiplier: laplace[0])), count: Int(laplace[1])),
                .init(
                    event: .discreteGaussian(
                        DiscreteGaussianEvent(
                            variance: variance, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 1)),
                    count: Int(discrete[1])),
            ]
            for stage in run["subsampled_sigma_q_T"] as? [Any] ?? [] {
                let cells = Self.numbers(stage)
                stretches += PublishedFiguresTests.plan(cells[0], cells[1], Int(cells[2])).stretches
            }
            let delta = try #require(GoldenAccounting.number(run["delta"]))
            let exact = try #require(GoldenAccounting.number(run["eps_exact"]))
            let found = LossAccounting().epsilon(of: RunPlan(stretches), delta: delta)
            losses.add((found - exact) / max(1, exact))
            exactly.add((ExactAccountant.epsilon(of: RunPlan(stretches), delta: delta).upper - exact) / max(1, exact))
            // The tool's grid is ten times as coarse as what ours is chosen for.
            let theirs = try #require(GoldenAccounting.number(run["eps_pld_connect_dots"]))
            #expect(found <= theirs + 2e-5 * max(1, exact), "\(run)")
        }
        losses.check()
        exactly.check()
    }

    @Test("the exact accountant lies in every certified bracket, next to the exact value")
    func brackets() {
        var line = Line("prv_bracket (exact)", "of max(1, ε)", below: 1e-7, above: 1e-6)
        for row in GoldenAccounting.rows("prv_bracket") {
            guard let exact = row[7] else { continue }
            let plan = PublishedFiguresTests.plan(row[0]!, row[1]!, Int(row[2]!))
            let ours = ExactAccountant.epsilon(of: plan, delta: row[3]!)
            line.add((ours.upper - exact) / max(1, exact))
            #expect(ours.upper >= row[4]! && ours.upper <= row[6]!, "\(row)")
            // Their estimate is within the width that was asked for.
            #expect(abs(row[5]! - exact) < 1e-4)
        }
        line.check()
    }

    @Test("where the tool is known to be below the truth, ours is not")
    func knownErrors() throws {
        let notes = try #require(GoldenAccounting.root["consistency_notes"] as? [[Any]])
        var seen = 0
        for note in notes where note[0] as? String == "pld eps below exact" {
            let parameters = Self.numbers(note[1])
            let (theirs, exact) = (
                try #require(GoldenAccounting.number(note[2])), try #require(GoldenAccounting.number(note[3]))
            )
            #expect(theirs < exact)
            let plan = PublishedFiguresTests.plan(parameters[0], parameters[1], Int(parameters[2]))
            let ours = LossAccounting(tolerance: 1e-4).epsilon(of: plan, delta: parameters[3])
            #expect(ours >= exact - 1e-7 && ours > theirs, "\(parameters)")
            // Very rare participations at δ = 1e-12 make windows long: then it is a little more.
            #expect(ours <= exact * (1 + 2e-3), "\(parameters): \(ours), \(exact)")
            seen += 1
        }
        #expect(seen >= 10)
    }

    @Test("matrix mechanisms: coefficients and sensitivities")
    func matrices() throws {
        let root = try #require(GoldenAccounting.root["matrix_mechanism"] as? [String: Any])
        var coefficients = Line("matrix_mechanism (coefficients)", "relative", below: 1e-10, above: 1e-10)
        let table = try #require(root["sqrt_coefs"] as? [[Any]])
        let longest = try #require(table.compactMap { GoldenAccounting.number($0[0]) }.max())
        let ours = MatrixMechanismEvent.squareRootCoefficients(Int(longest) + 1)
        for cell in table {
            let (index, value) = (
                try #require(GoldenAccounting.number(cell[0])), try #require(GoldenAccounting.number(cell[1]))
            )
            coefficients.add(ours[Int(index)] / value - 1)
        }
        coefficients.check()
        // As fractions: C(2k, k)/4^k exactly.
        for cell in root["sqrt_coefs_exact"] as? [[Any]] ?? [] {
            let index = Int(try #require(GoldenAccounting.number(cell[0])))
            let fraction = try #require((cell[1] as? String).flatMap { Rational($0) })
            #expect(relativeError(ours[index], fraction.value) < 1e-15)
        }
    }
}
