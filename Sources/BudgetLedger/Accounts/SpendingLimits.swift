// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Policies
import Records

/// What the policy and a person's own word let their account spend.
///
/// Why each of these is a valid filter beside `AccountSums.admits` (its proof is in `DPAccounting`):
/// * **A user's limit depends on that user and on public numbers alone**: the declared tier, the person's own word, the
///   policy. Add or remove one user u: nobody else's limit, hence nobody else's admission, moves. So the individual filter
///   of u (Feldman, Zrnic 2021, section 4) is the one of a single limit, and u's guarantee is u's own limit.
/// * **Tiers.** Let (ε, δ) be the limit of u's tier. While it stands, that is the lifetime filter at (ε, δ). If u is moved,
///   or the policy changed, after seeing releases: each run was admitted with sums within the limit that stood then. With
///   nested limits (both ε and δ no less) all runs are let through by the filter at the largest that ever stood, and that
///   is the guarantee. A policy's budgets must be nested (`PolicyRules.areNested`); between two policies `policy apply` says
///   what changes for whom.
/// * **A person's lower limit** is (min(E, ε), δ). It only ever goes down, whenever and for whatever reason, seeing releases
///   or not: lowering is stopping earlier, the choice of an adaptive analyst, which the filter at the older limit allows.
///   So the account is DP at the old limit; and once lowered nothing is admitted past the new one, so that an account whose
///   sums are within it is DP at the new one.
/// * **Periods.** A run on day t is admitted only if the sums of the account's runs of days > t − days, this one included,
///   are within the period's (ε_p, δ_p) by the same filters. Fix any `days` days in a row, W, and condition on everything
///   released before W: what follows is an adaptive sequence. When a run of W is admitted, all earlier runs of W are in the
///   window that is summed, sums only grow with more runs, hence the filter at (ε_p, δ_p) begun at W's first day admits it
///   too. So what W released is (ε_p, δ_p)-DP given the past, for each W. Over a lifetime periods add up without end, hence
///   the lifetime beside them, which every run must pass as well: two filters that must both admit let through a prefix of
///   what either does. Days are those of this machine's clock, which may be set back: a run counts too if it is dated later than
///   today, or if the log had an entry of the window when it was reserved (`recent`). More is summed, never less.
/// * **Streams in periods.** A stream of counts is charged on one day and releases on many. It counts as a run of every day from
///   its own on, hence of each W that it may release in, and the sums above bound all that W releases: of a stream a part, whose
///   cost, given the parts before, is at most the whole's (`ContinualCounts`: fresh noise, and a part moves no more than all). It
///   counts for good: that it has ended is nothing an account's history says.
/// * **Samplers.** The share (1 + e^ε)·Σt ≤ δ/100 that an account's releases may be off their ideal laws falls as ε rises. The
///   filter that lets everything through, above, is that at the largest limit: so whatever a user's own limit is, Σt must fit
///   the largest one's share as well (`admitsSamplers`).
struct SpendingLimits {
    /// Nil for public data, where nobody asks.
    private let lifetime: AccountLimit?
    private let tiers: [String: AccountLimit]
    private let least: AccountLimit
    let period: AccountLimit?
    let periodDays: Int
    /// What Σt may reach at the largest limit; nil for public data.
    private let samplerShare: DeltaAmount?

    init(_ policy: Policy) throws(LedgerError) {
        if policy.isPublicData {
            (lifetime, tiers, period, periodDays, samplerShare) = (nil, [:], nil, 0, nil)
            least = AccountLimit(epsilon: .zero, delta: .zero)
            return
        }
        let common = try policy.accountLimit()
        var named: [String: AccountLimit] = [:]
        for (name, budget) in policy.tiers {
            named[name] = try AccountLimit(epsilon: budget.epsilon, delta: budget.delta)
        }
        (lifetime, tiers) = (common, named)
        let largest = named.values.reduce(common) { ($0.epsilon, $0.delta) < ($1.epsilon, $1.delta) ? $1 : $0 }
        samplerShare = largest.epsilon.isInfinite ? nil : largest.totalVariationAllowance
        least = named.values.reduce(common) {
            AccountLimit(epsilon: min($0.epsilon, $1.epsilon), delta: min($0.delta, $1.delta))
        }
        period = try policy.period.map { period throws(LedgerError) in
            try AccountLimit(epsilon: period.epsilon, delta: period.delta)
        }
        periodDays = policy.period?.days ?? 0
    }

    /// The limit of a user with this rule. A tier that the policy no longer has gives the least of all: a promise is not
    /// raised by forgetting a name.
    func limit(of rule: Rule) -> AccountLimit? {
        guard let lifetime else { return nil }
        let tier = rule.tier.map { tiers[$0] ?? least } ?? lifetime
        return AccountLimit(epsilon: min(tier.epsilon, rule.epsilon ?? tier.epsilon), delta: tier.delta)
    }

    /// Every limit that some user may have, the largest ε first. By these alone, public numbers, a run is refused.
    var all: [AccountLimit] {
        (lifetime.map { [$0] } ?? []).appending(tiers.values)
            .sorted { ($0.epsilon, $0.delta) > ($1.epsilon, $1.delta) }
    }

    /// Whether the samplers' Σt fits the share at the policy's largest limit.
    func admitsSamplers(of sums: AccountSums) -> Bool {
        samplerShare.map { sums.totalVariation <= $0 } ?? true
    }

    func has(tier: String) -> Bool { tiers[tier] != nil }

    /// The first day that counts with `today` as one period.
    private func firstDay(with today: Day) -> Day { Day(number: today.number - periodDays + 1) }

    /// Those of `runs` that may have been reserved in the period that ends today, by a clock that may have been set back.
    ///
    /// A run counts if its day is the window's first or later, and also if the log had an entry of the window before it: it was
    /// reserved after that entry, whatever day the clock showed. The log's order is its chain's, which no clock changes. What was
    /// charged for a stream of counts counts in every period: it may release in each.
    func recent(of runs: [RunRow], today: Day, _ db: Database) throws -> [RunRow] {
        let first = firstDay(with: today)
        let index = try Int.fetchOne(
            db,
            sql: """
                SELECT number FROM log
                WHERE CASE WHEN json_valid(CAST(entry AS TEXT)) THEN json_extract(CAST(entry AS TEXT), '$.day') END
                BETWEEN ? AND ? ORDER BY number LIMIT 1
                """, arguments: [first.description, today.description])
        return runs.filter { run in
            run.kind == BudgetLedger.streamKind || run.day.number >= first.number
                || index.map { run.reservedAt >= $0 } ?? false
        }
    }
}

extension [AccountLimit] {
    fileprivate func appending(_ more: some Sequence<AccountLimit>) -> [AccountLimit] { self + more }
}

extension AccountLimit {
    /// In the ledger's units, rounded down.
    init(epsilon: ExactDecimal, delta: ExactDecimal) throws(LedgerError) {
        guard let epsilon = EpsilonAmount(decimal: epsilon.text, rounding: .down),
            let delta = DeltaAmount(decimal: delta.text, rounding: .down)
        else { throw .damaged("a budget of the policy is no decimal number") }
        self.init(epsilon: epsilon, delta: delta)
    }
}
