// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting
public import Interactions

/// Item counts that stay fresh as events arrive: one cost for a stream's whole life.
///
/// Time is cut into T public periods. At the end of each one vector of noisy integers is released, and never again:
/// * **tree** (Dwork, Naor, Pitassi, Rothblum 2010; Chan, Shi, Song 2011): with 2^ℓ the largest power of two that divides t, the
///   counts of the periods t − 2^ℓ + 1 … t. The counts up to t are the sum of the latest nodes at the set bits of t.
/// * **square root** (Denisov et al. 2022; Fichtenberger, Henzinger, Upadhyay 2023): row t of Ĉx, x the counts of single periods.
///   The counts up to t are A·Ĉ⁻¹ of the rows (`SquareRootColumn`).
///
/// **Private.** All vectors of a life are one vector. A user counts for at most m pairs (item, period), each item once, chosen from
/// the user's own items when they are first seen. Tree: a period lies in at most one node of each of the L levels, so the user moves
/// at most m·L coordinates, each by 1, which is the event's `ItemBound`. Square root: the proof beside `SquareRootColumn`, an ℓ2 norm
/// within the event's. So one user more or less changes the law of everything that the stream ever releases by no more than its
/// event costs, once. That later events may depend on earlier releases changes nothing: the noise of each coordinate is fresh, and
/// how far the user has moved the coordinates so far is never more than the bound (for Gaussian noise Denisov et al. 2022, Theorem
/// 2.1; a sum of pure costs for Laplace). The sums are integers. □
///
/// **Who is counted has paid.** A period is closed under a step grant of a run that is bound to the cohort of that period and to the
/// number of that period: the ledger says that each of them has paid for the stream, when it opened or when they came
/// (`BudgetLedger.reserve(period:…)`). Who is in the cohort and not among the members is new, and begins with all of m: hence who
/// left and comes back has to pay again. A ledger that does not charge them again (`InMemoryLedger`) says so in its grants: then what
/// they counted for is kept while they are away, in no sum, and they come back to it. So a life has m pairs either way, and a pair is
/// in some of the vectors that the proof lets it be in.
///
/// **Who leaves is left out of open vectors only.** A vector is counted from the histories that are there when its period closes:
/// whoever is not among them is in no later one and is forgotten here (or, where returners do not pay, kept out of sums). What was closed before cannot be taken back, and its noise
/// stays what it was.
///
/// Private at rest are the `parts`, what each member counted for: to be sealed under each member's own key. `released` is public.
/// Noncopyable, so that a program does not close a period twice by accident.
public struct ContinualCounts: ~Copyable, Sendable {
    public let plan: StreamPlan
    /// Periods closed so far, and what they released.
    public internal(set) var released: Released
    /// Who counts, ascending, and (period, item) of what each counted for.
    var members: [UserPseudonym]
    var counted: [[UInt64]]
    /// The same of who has left and would not pay again; in no sum.
    var away: [UserPseudonym: [UInt64]] = [:]

    /// All that a stream has released and needs to go on. Public.
    public struct Released: Hashable, Codable, Sendable {
        /// Periods closed so far.
        public internal(set) var closed = 0
        /// Tree: the noisy counts of the latest node at each set bit of `closed`, the lowest bit first. Square root: the rows of
        /// the periods closed so far, in output steps.
        public internal(set) var vectors: [[Int64]] = []

        public init() {}

        public init(closed: Int, vectors: [[Int64]]) { (self.closed, self.vectors) = (closed, vectors) }
    }

    /// A stream of which nothing is released.
    public init(_ plan: StreamPlan) throws(DoorError) { try self.init(plan, after: Released(), parts: []) }

    /// Closes the next period and releases the counts up to its end; nil once all are closed.
    /// - Parameters:
    ///   - cohort: Private. The present histories of who has paid. Users who are not in it, or withdrawn, have left.
    ///   - grant: Consumed. Of a run that the ledger made for this period and cohort.
    public mutating func closePeriod(
        _ cohort: Cohort, spending grant: consuming StepGrant
    ) throws(DoorError) -> Release? {
        var words = SecureStream()
        return try closePeriod(cohort, spending: grant, using: &words)
    }

    mutating func closePeriod<Words: WordSource & ~Copyable>(
        _ cohort: Cohort, spending grant: consuming StepGrant, using words: inout Words
    ) throws(DoorError) -> Release? {
        guard grant.pays(for: cohort) else { throw .grantForAnotherCohort }
        guard cohort.itemCount == plan.itemCount else {
            throw .unusableFactors("the catalogue has \(cohort.itemCount) items, the stream's \(plan.itemCount)")
        }
        guard released.closed < plan.periods else { return nil }
        guard grant.period == released.closed + 1, grant.event == plan.event else {
            throw .contributionDoesNotMatchEvent
        }
        let returnersPay = grant.returnersPay
        // Everything that may throw comes before anything is drawn.
        switch plan.event {
        case .gaussianSum(let event):
            guard case .squareRoot(let band) = plan.mechanism else { throw .contributionDoesNotMatchEvent }
            let column = try SquareRootColumn(event, band: band, itemsPerUser: plan.itemsPerUser)
            released.closed += 1
            take(from: cohort, returnersPay: returnersPay, using: &words)
            released.vectors.append(column.grid.release(row(column), using: &words))
            return Release(steps: prefix(column), granularity: 1, event: plan.event)
        default:
            let noise = try CountNoise(plan.event)
            released.closed += 1
            take(from: cohort, returnersPay: returnersPay, using: &words)
            let level = released.closed.trailingZeroBitCount
            var node = sums(from: released.closed - (1 << level) + 1)
            noise.add(to: &node, using: &words)
            // The nodes at the bits below `level`, all of which were set before, are what this one takes the place of.
            released.vectors.replaceSubrange(0..<level, with: [node])
            return Release(steps: prefix(), granularity: 1, event: plan.event)
        }
    }
}
