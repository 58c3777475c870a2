// SPDX-License-Identifier: Apache-2.0

import DPAccounting

/// Where a charge must lie by accountants that the spending path does not use. Equal plans are priced once.
struct ChargeBounds {
    private struct Key: Hashable {
        let plan: RunPlan
        let delta: DeltaAmount
        let accountant: Accountant
    }
    private var known: [Key: IndependentCheck.Bracket] = [:]

    /// What is wrong with `price` for `plan`, nil if it lies in the bracket. An infinite price is never too small.
    mutating func fault(of price: PlanPrice, plan: RunPlan, delta: DeltaAmount) -> String? {
        if price.epsilon.isInfinite { return nil }
        let bracket = bracket(of: price, plan: plan, delta: delta)
        if bracket.contains(price.epsilon) { return nil }
        return price.epsilon.value < bracket.lower
            ? "ε \(price.epsilon) is below an independent accountant's lower bound, \(bracket.lower)"
            : "ε \(price.epsilon) is above an independent accountant's upper bound, \(bracket.upper)"
    }

    /// Why the lower end says nothing of a price; nil where it does.
    mutating func lack(of price: PlanPrice, plan: RunPlan, delta: DeltaAmount) -> String? {
        guard bracket(of: price, plan: plan, delta: delta).lower <= 0 else { return nil }
        return "the independent accountant finds no cost from below: recomputed by the accountant that it names alone"
    }

    private mutating func bracket(of price: PlanPrice, plan: RunPlan, delta: DeltaAmount) -> IndependentCheck.Bracket {
        let key = Key(plan: plan, delta: delta, accountant: price.accountant)
        if let bracket = known[key] { return bracket }
        let bracket = IndependentCheck.bracket(of: plan, delta: delta, by: price.accountant)
        known[key] = bracket
        return bracket
    }
}

extension PlanPrice {
    /// Whether ε is that of the accountant it names, and none that stands beside is smaller.
    var isSmallestOfItsOwn: Bool {
        if epsilon.isInfinite { return true }
        guard let named = epsilonByAccountant[accountant.rawValue], named == epsilon.value else { return false }
        return epsilonByAccountant.values.allSatisfy { $0 >= named }
    }
}

extension AccountSums {
    /// Whether two computations of one price are the same up to the last digits of another machine's logarithm: a part in
    /// 10⁹ and ten units. A hand that edits a charge to some effect moves it by more.
    func agrees(with other: AccountSums) -> Bool {
        let pairs =
            [(epsilon.units, other.epsilon.units), (muSquared.units, other.muSquared.units)]
            + [(delta.units, other.delta.units), (totalVariation.units, other.totalVariation.units)]
            + zip(renyi, other.renyi).map { ($0.units, $1.units) }
        return pairs.allSatisfy { a, b in
            let (larger, smaller) = (max(a, b), min(a, b))
            return larger - smaller <= 10 + larger / 1_000_000_000
        }
    }
}
