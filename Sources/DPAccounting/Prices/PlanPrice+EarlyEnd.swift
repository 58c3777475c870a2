// SPDX-License-Identifier: Apache-2.0

import Foundation

extension PlanPrice {
    /// What a run costs that was reserved as `plan` at `delta` and ended after `steps` releases.
    ///
    /// Rényi, μ² and t are those of the steps handed out. (ε, δ) is the planned price, which always holds, since stopping
    /// is post-processing of the full run; or, if smaller, the figure of the steps taken at the one order that the plan
    /// fixed (a Rényi filter at one order is valid when stopping depends on what was released: Feldman, Zrnic 2021,
    /// Theorem 4.3), but only where the planned price came from that very accountant: a minimum over two proofs would spend
    /// the δ of both. So a plan that was priced by composed losses, which are no filter, keeps its ε whenever it ends. For a
    /// pure plan the order is ∞, so ε is the sum over the steps taken (Rogers et al. 2016, Theorem 3.5).
    /// Nothing handed out costs nothing.
    /// - Parameter accountants: by whom the plan is priced.
    public static func ended(
        _ plan: RunPlan, delta: DeltaAmount, after steps: Int, by accountants: Set<Accountant> = Accountant.pricing
    ) -> PlanPrice {
        let planned = PlanPrice(of: plan, delta: delta, by: accountants)
        return planned.ended(plan, delta: delta, after: steps)
    }

    /// The same, for whoever has the planned price at hand. `self` must be the price of `plan` at `delta`.
    public func ended(_ plan: RunPlan, delta: DeltaAmount, after steps: Int) -> PlanPrice {
        if steps <= 0 { return .zero }
        let total = plan.stretches.reduce(0.0) { $0 + Double($1.count) }
        if Double(steps) >= total || epsilon.isInfinite { return self }
        let part = plan.prefix(steps)
        // What the filters add of the steps taken; its ε is asked of pure plans alone.
        let taken = PlanPrice(of: part, delta: self.delta, by: [.pure])
        var figure = EpsilonAmount.infinity
        var name = accountant
        if accountant == .pure {
            figure = taken.epsilonByAccountant["pure"] == nil ? .infinity : PlanFigures(part).pure.amount
        } else if accountant == .rdp, let order {
            figure = EpsilonAmount(
                RenyiAccountant.epsilon(of: part, order: order, delta: 0.99 * self.delta.value), rounding: .up)
            // The sampler's share fits into the hundredth that was left out, or this figure is not used.
            let share = (1 + exp(figure.value)) * PlanFigures(part).totalVariation
            if share > self.delta.value / 100 { figure = .infinity }
            if figure < epsilon { name = .rdp }
        }
        let smaller = min(figure, epsilon)
        return PlanPrice(
            epsilon: smaller, delta: self.delta, renyi: taken.renyi, muSquared: taken.muSquared,
            totalVariation: taken.totalVariation, accountant: name, order: order,
            epsilonByAccountant: [name.rawValue: smaller.value], problem: nil)
    }
}
