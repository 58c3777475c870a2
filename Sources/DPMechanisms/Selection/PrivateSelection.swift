// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting
public import Interactions

/// The door's siblings: which candidate, which keys. What leaves is a choice, never a score.
///
/// Like `PrivateSum` they take a cohort, a grant and what each user says, never scores; ε, δ and the most keys of a user come
/// from the event that was paid. The proofs stand beside the mechanisms of this folder.
public enum PrivateSelection {
    /// How a `reportNoisyMax` event is carried out: both are ε-DP.
    public enum Rule: Sendable {
        /// Never worse than the exponential mechanism (McKenna, Sheldon 2020).
        case permuteAndFlip
        /// Exact discrete Laplace noise on each score.
        case noisyMax
    }

    /// The item that most users have, or nearly: its number.
    ///
    /// A user moves each item's score by 1 at most, and all of them the same way: rate ε, however long the history.
    /// - Parameters:
    ///   - cohort: Private. Of a catalogue with an item at least.
    ///   - grant: Consumed. An exponential mechanism or report-noisy-max.
    public static func mostCommonItem(
        of cohort: Cohort, spending grant: consuming StepGrant, by rule: Rule = .permuteAndFlip
    ) throws(DoorError) -> Int {
        var words = SecureStream()
        return try mostCommonItem(of: cohort, spending: grant, by: rule, using: &words)
    }

    static func mostCommonItem<Words: WordSource & ~Copyable>(
        of cohort: Cohort, spending grant: consuming StepGrant, by rule: Rule, using words: inout Words
    ) throws(DoorError) -> Int {
        let event = try paid(grant, by: cohort)
        guard cohort.itemCount > 0 else { throw .unsupportedEvent("there is no candidate") }
        var scores = [Int64](repeating: 0, count: cohort.itemCount)
        for index in 0..<cohort.count {
            cohort.withColumns(of: index) { items, _, _ in
                for i in items.indices { scores[Int(items[i])] += 1 }
            }
        }
        return try choose(scores, event, stepsPerEpsilon: 1, rule, using: &words)
    }

    /// The best of public candidates as the quantile of one number a user: its place in the list.
    ///
    /// Rate ε/2Δ, Δ as in `QuantileScores`. A number that is NaN is not counted.
    /// - Parameters:
    ///   - quantile: in (0, 1), denominator up to 2¹⁶.
    ///   - candidates: Public, ascending, at least one.
    ///   - number: must depend on the user's history and on public things alone.
    public static func quantile(
        _ quantile: Rational, among candidates: [Double], of cohort: Cohort, spending grant: consuming StepGrant,
        by rule: Rule = .permuteAndFlip, number: (Span<UInt32>, Span<Float>, Span<Int64>) -> Double
    ) throws(DoorError) -> Int {
        let event = try paid(grant, by: cohort)
        guard let scorer = QuantileScores(quantile: quantile) else {
            throw .unsupportedEvent("the quantile is not between 0 and 1, or written with more than 16 bits")
        }
        guard !candidates.isEmpty, zip(candidates, candidates.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw .unsupportedEvent("the candidates are none, or not ascending")
        }
        var values: [Double] = []
        for index in 0..<cohort.count where !cohort.isWithdrawn(index) {
            let value = cohort.withColumns(of: index, number)
            if !value.isNaN { values.append(value) }
        }
        values.sort()
        var words = SecureStream()
        return try choose(
            scorer.points(candidates, sortedValues: values), event, stepsPerEpsilon: 2 * scorer.sensitivity, rule,
            using: &words)
    }

    /// Which of the keys that users hold may be shown, ascending.
    ///
    /// No key is known before, so nothing but the kept ones may be told: no error, count or order depends on the others.
    /// - Parameters:
    ///   - keys: a user's own keys; of more than the event's `maxPartitions` different ones a random subset counts.
    ///   - grant: Consumed. A partition selection.
    public static func keys<Key: Hashable & Comparable>(
        of cohort: Cohort, spending grant: consuming StepGrant, keys: (UserPseudonym) -> [Key]
    ) throws(DoorError) -> [Key] {
        var words = SecureStream()
        return try self.keys(of: cohort, spending: grant, keys: keys, using: &words)
    }

    static func keys<Key: Hashable & Comparable, Words: WordSource & ~Copyable>(
        of cohort: Cohort, spending grant: consuming StepGrant, keys: (UserPseudonym) -> [Key], using words: inout Words
    ) throws(DoorError) -> [Key] {
        let event = try paid(grant, by: cohort)
        guard case .partitionSelection(let selection) = event else { throw .contributionDoesNotMatchEvent }
        let keeping = try PartitionKeeping.checked(selection)
        var users: [Key: Int] = [:]
        for index in 0..<cohort.count where !cohort.isWithdrawn(index) {
            let own = Set(keys(cohort.users[index])).sorted()
            for place in Uniform.subset(of: own.count, size: selection.maxPartitions, using: &words) {
                users[own[place], default: 0] += 1
            }
        }
        var kept: [Key] = []
        for key in users.keys.sorted() where keeping.keeps(users[key] ?? 0, using: &words) { kept.append(key) }
        return kept
    }

    /// Whether this door can carry the event out, by public numbers alone: to be asked before anything is paid.
    /// - Throws: `.unsupportedEvent`, `.contributionDoesNotMatchEvent`.
    public static func check(_ event: PrivacyEvent) throws(DoorError) {
        guard event.isValid else { throw .unsupportedEvent("a field is out of range") }
        switch event {
        case .exponentialMechanism(let event): try positive(event.epsilon)
        case .reportNoisyMax(let event): try positive(event.epsilon)
        case .approximate(let event): try positive(event.epsilon)
        case .partitionSelection(let event): _ = try PartitionKeeping.checked(event)
        default: throw .contributionDoesNotMatchEvent
        }
    }

    /// The grant's event, if it is this cohort's and one of ours.
    static func paid(_ grant: consuming StepGrant, by cohort: Cohort) throws(DoorError) -> PrivacyEvent {
        guard grant.period == nil else { throw .contributionDoesNotMatchEvent }
        guard grant.pays(for: cohort) else { throw .grantForAnotherCohort }
        try check(grant.event)
        return grant.event
    }

    private static func positive(_ epsilon: EpsilonAmount) throws(DoorError) {
        guard epsilon > .zero, !epsilon.isInfinite else { throw .unsupportedEvent("ε is not positive and finite") }
    }

    /// - Parameter stepsPerEpsilon: By how much a user changes the lead of one score over another: Δ where all move the same
    ///   way, else 2Δ. At most 2¹⁷.
    private static func choose<Words: WordSource & ~Copyable>(
        _ scores: [Int64], _ event: PrivacyEvent, stepsPerEpsilon: Int64, _ rule: Rule, using words: inout Words
    ) throws(DoorError) -> Int {
        let epsilon: EpsilonAmount
        let isExponential: Bool
        switch event {
        case .exponentialMechanism(let event): (epsilon, isExponential) = (event.epsilon, true)
        case .reportNoisyMax(let event): (epsilon, isExponential) = (event.epsilon, false)
        default: throw .contributionDoesNotMatchEvent
        }
        let unit: Int64 = 1_000_000_000_000
        guard let rate = Rational(epsilon.units, unit * stepsPerEpsilon),
            let scale = Rational(unit * stepsPerEpsilon, epsilon.units)
        else { throw .unsupportedEvent("ε is not positive and finite") }
        if isExponential { return ExponentialMechanism.choose(scores, ExponentialCoin(rate: rate), using: &words) }
        switch rule {
        case .permuteAndFlip: return PermuteAndFlip.choose(scores, ExponentialCoin(rate: rate), using: &words)
        case .noisyMax: return NoisyMax.choose(scores, DiscreteLaplace(scale: scale), using: &words)
        }
    }
}

extension PartitionKeeping {
    /// The rule of an event: ε exact, δ rounded down.
    static func checked(_ event: PartitionSelectionEvent) throws(DoorError) -> PartitionKeeping {
        guard let epsilon = Rational(event.epsilon.units, 1_000_000_000_000),
            let keeping = PartitionKeeping(epsilon: epsilon, delta: event.delta.value.nextDown.nextDown)
        else { throw .unsupportedEvent("no table of keeping has this ε and δ: it would be too long, or δ is zero") }
        return keeping
    }
}
