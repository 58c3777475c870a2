// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting
public import Interactions

/// Asks a cohort, one question after the other, whether more than a public number of users fit: sparse vector.
///
/// Only the first `cutoff` answers "yes" cost; the whole session is one (ε, 0)-DP release, paid at the opening. Each question is a
/// predicate of one user's history, chosen after the answers before it if need be.
public struct ThresholdQueries: ~Copyable, Sendable {
    private let cohort: Cohort
    private var session: AboveThreshold
    private var words: SecureStream

    private init(_ cohort: Cohort, _ session: consuming AboveThreshold, _ words: consuming SecureStream) {
        self.cohort = cohort
        self.session = session
        self.words = words
    }

    /// Opens a session.
    ///
    /// A user moves every count by 0 or 1, all the same way: Δ = 1, and ε₁ : ε₂ = 1 : c^⅔ is the split with the least noise
    /// (Lyu, Su, Li 2017, Section 4.2), made in the ledger's units so that the parts sum to ε.
    /// - Parameters:
    ///   - threshold: T. Public.
    ///   - cutoff: c. Public, 1 to 2¹⁶.
    ///   - grant: Consumed. `approximate` (its ε is spent, no δ).
    public static func open(
        threshold: Int64, cutoff: Int, of cohort: Cohort, spending grant: consuming StepGrant
    ) throws(DoorError) -> ThresholdQueries {
        guard case .approximate(let event) = try PrivateSelection.paid(grant, by: cohort) else {
            throw .contributionDoesNotMatchEvent
        }
        guard (1...(1 << 16)).contains(cutoff) else { throw .unsupportedEvent("the cutoff is not in 1…2¹⁶") }
        let scales = try scales(event.epsilon, cutoff)
        var words = SecureStream()
        let session = AboveThreshold(
            threshold: threshold, thresholdNoise: DiscreteLaplace(scale: scales.threshold),
            queryNoise: DiscreteLaplace(scale: scales.query), cutoff: cutoff, using: &words)
        return ThresholdQueries(cohort, session, words)
    }

    /// How many "yes" are left.
    public var left: Int { session.left }

    /// Whether at least T users fit, or nearly; nil once `cutoff` answers were "yes".
    public mutating func isAbove(_ fits: (Span<UInt32>, Span<Float>, Span<Int64>) -> Bool) -> Bool? {
        guard session.left > 0 else { return nil }
        var count: Int64 = 0
        for index in 0..<cohort.count where !cohort.isWithdrawn(index) {
            if cohort.withColumns(of: index, fits) { count += 1 }
        }
        return session.isAbove(count, using: &words)
    }

    /// 1/ε₁ and c/ε₂.
    static func scales(
        _ epsilon: EpsilonAmount, _ cutoff: Int
    ) throws(DoorError) -> (threshold: Rational, query: Rational) {
        let share = 1 / (1 + exponential(logarithm(Double(cutoff)) * 2 / 3))
        let first = Int64((Double(epsilon.units) * share).rounded())
        let unit: Int64 = 1_000_000_000_000
        guard let threshold = Rational(unit, first),
            let query = Rational(unit * Int64(cutoff), epsilon.units - first)
        else { throw .unsupportedEvent("ε is too small to be split") }
        return (threshold, query)
    }
}
