// SPDX-License-Identifier: Apache-2.0

/// What one line of a new policy changes, for whom, in words.
public struct PolicyChange: Hashable, Sendable {
    /// "every user", "users of tier eu", …
    public let who: String
    /// A clause that goes on from there.
    public let what: String
}

extension Policy {
    /// What would change if `new` took the place of this policy. Public numbers only; empty where nothing would.
    public func changes(to new: Policy) -> [PolicyChange] {
        lifetimeChanges(new) + tierChanges(new) + periodChanges(new) + basisChanges(new) + ruleChanges(new)
    }

    private func lifetimeChanges(_ new: Policy) -> [PolicyChange] {
        guard let old = lifetime, let new = new.lifetime, old != new else { return [] }
        return [PolicyChange(who: "every user without a tier", what: old.words(becoming: new, "in a lifetime"))]
    }

    private func tierChanges(_ new: Policy) -> [PolicyChange] {
        var changes: [PolicyChange] = []
        for name in Set(tiers.keys).union(new.tiers.keys).sorted() {
            let who = "users of tier \(name)"
            switch (tiers[name], new.tiers[name]) {
            case (let old?, let later?) where old != later:
                changes.append(PolicyChange(who: who, what: old.words(becoming: later, "in a lifetime")))
            case (nil, let later?):
                changes.append(
                    PolicyChange(
                        who: who, what: "may spend \(later.words) in a lifetime; nobody is in it until assigned"))
            case (_?, nil):
                changes.append(
                    PolicyChange(
                        who: who,
                        what: "lose their tier: until they are assigned anew they have the least of every budget"))
            default: break
            }
        }
        return changes
    }

    private func periodChanges(_ new: Policy) -> [PolicyChange] {
        guard period != new.period else { return [] }
        let who = "every user"
        guard let later = new.period else {
            return [PolicyChange(who: who, what: "has no period's budget any more, only the lifetime's")]
        }
        guard let old = period else {
            return [
                PolicyChange(
                    who: who,
                    what: "may spend no more than \(later.words), beside the lifetime: also what was spent "
                        + "before counts")
            ]
        }
        return [PolicyChange(who: who, what: "may spend \(later.words) instead of \(old.words)")]
    }

    private func basisChanges(_ new: Policy) -> [PolicyChange] {
        PolicyPurpose.allCases.filter { basis(for: $0) != new.basis(for: $0) }.map { purpose in
            let (before, after) = (basis(for: purpose), new.basis(for: purpose))
            let name = purpose.rawValue
            let what =
                switch (before, after) {
                case (_, .consent): "takes part in \(name) no more unless they consent"
                case (.consent, _): "takes part in \(name) unless they object"
                default: "takes part in \(name) as before, on another basis"
                }
            return PolicyChange(
                who: "every user who said nothing of \(name)", what: "\(what) (\(before.rawValue) to \(after.rawValue))"
            )
        }
    }

    private func ruleChanges(_ new: Policy) -> [PolicyChange] {
        let lines: [(who: String, key: String, before: String, after: String)] = [
            ("every run", "the bound on accounts that can take part", "\(maxUsers)", "\(new.maxUsers)"),
            (
                "every training", "the public number of users", nominalUsers.map { "\($0)" } ?? "a paid count",
                new.nominalUsers.map { "\($0)" } ?? "a paid count"
            ),
            (
                "every user", "the most of their items that a run may use", "\(bounds.maxItemsPerUser)",
                "\(new.bounds.maxItemsPerUser)"
            ),
            (
                "events that come from now on", "what becomes of one of an unknown item", unknownItems.words,
                new.unknownItems.words
            ),
            (
                "events that come from now on", "the columns without a role that are kept",
                keepColumns.isEmpty ? "none" : keepColumns.joined(separator: ", "),
                new.keepColumns.isEmpty ? "none" : new.keepColumns.joined(separator: ", ")
            ),
            (
                "everyone erased", "the years that a tombstone is kept, and why",
                "\(tombstone.years) (\(tombstone.basis.rawValue))",
                "\(new.tombstone.years) (\(new.tombstone.basis.rawValue))"
            ),
            (
                "the operator", "the days after which the master key is due to be rotated",
                keys.map { "\($0.rotateDays)" } ?? "none",
                new.keys.map { "\($0.rotateDays)" } ?? "none"
            ),
            (
                "runs that do not say their own", "what they cost", "ε = \(runs.epsilon), δ = \(runs.delta)",
                "ε = \(new.runs.epsilon), δ = \(new.runs.delta)"
            ),
        ]
        return lines.filter { $0.before != $0.after }
            .map { PolicyChange(who: $0.who, what: "\($0.key): \($0.after) instead of \($0.before)") }
    }
}

extension UnknownItems {
    var words: String {
        switch self {
        case .reject: "rejected"
        case .pending: "kept pending in its user's record"
        }
    }
}

extension Policy.Lifetime {
    var words: String { "ε = \(epsilon), δ = \(delta)" }

    func words(becoming new: Policy.Lifetime, _ term: String) -> String {
        let change = "may spend \(new.words) \(term) instead of \(words)"
        let isRaised = new.epsilon.value > epsilon.value || new.delta.value > delta.value
        return change
            + (isRaised
                ? ": what was promised before is raised, also to whom it was promised"
                : ": whoever has spent it takes part in no further run, and what was released stays released")
    }
}

extension Policy.Period {
    var words: String { "ε = \(epsilon), δ = \(delta) in any \(days) days" }
}
