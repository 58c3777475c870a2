// SPDX-License-Identifier: Apache-2.0

import Foundation

extension PlanPrice {
    /// The price of `plan` at δ. Deterministic, free of I/O, in bounded time; never traps, whatever the plan says.
    ///
    /// An empty plan costs nothing. What filters add (Rényi costs, Σμ², t) is of the same events, whoever gives ε.
    /// - Parameter accountants: of whose figures ε is the smallest: any set is a proof. Others than `Accountant.pricing` give none.
    public init(of plan: RunPlan, delta: DeltaAmount, by accountants: Set<Accountant> = Accountant.pricing) {
        let figures = PlanFigures(plan)
        if let problem = figures.problem {
            self.init(infiniteAt: delta, problem: problem)
            return
        }
        if plan.stretches.isEmpty {
            self = .zero
            return
        }
        let renyi = AccountFormat.renyiOrders.map {
            EpsilonAmount(RenyiAccountant.cost(of: figures.plan, order: $0), rounding: .up)
        }
        let muSquared = EpsilonAmount(figures.muSquared, rounding: .up)
        let totalVariation = DeltaAmount(figures.totalVariation, rounding: .up)
        let quotes = Quotes(figures, delta: delta, by: accountants.intersection(Accountant.pricing))
        guard let best = quotes.best else {
            let problem = quotes.problem ?? .tooExpensive
            self.init(infiniteAt: delta, problem: problem, renyi, muSquared, totalVariation)
            return
        }
        self.init(
            epsilon: best.epsilon, delta: best.accountant == .pure ? .zero : delta, renyi: renyi, muSquared: muSquared,
            totalVariation: totalVariation, accountant: best.accountant, order: quotes.order,
            epsilonByAccountant: quotes.byAccountant, problem: nil)
    }

    /// What nothing costs.
    public static let zero = PlanPrice(
        epsilon: .zero, delta: .zero, renyi: AccountFormat.renyiOrders.map { _ in .zero }, muSquared: .zero,
        totalVariation: .zero, accountant: .pure, order: nil, epsilonByAccountant: ["pure": 0], problem: nil)

    private init(
        infiniteAt delta: DeltaAmount, problem: PricingProblem, _ renyi: [EpsilonAmount]? = nil,
        _ muSquared: EpsilonAmount = .infinity, _ totalVariation: DeltaAmount = .infinity
    ) {
        self.init(
            epsilon: .infinity, delta: delta,
            renyi: renyi ?? AccountFormat.renyiOrders.map { _ in .infinity }, muSquared: muSquared,
            totalVariation: totalVariation, accountant: .none, order: nil, epsilonByAccountant: [:], problem: problem)
    }
}
