// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting
public import Interactions

/// Item counts that stay fresh as events arrive: one cost for a stream's whole life, noise that grows with ln³ of its periods.
///
/// The binary tree (Dwork, Naor, Pitassi, Rothblum 2010; Chan, Shi, Song 2011). Time is cut into T public periods. At the end of
/// period t one node is closed: with 2^ℓ the largest power of two that divides t, the counts of the periods t − 2^ℓ + 1 … t,
/// with fresh noise. The counts up to t are the sum of the latest nodes at the set bits of t: at most L = ⌊log₂ T⌋ + 1 of them.
///
/// **Private.** All nodes ever closed are one vector of integers. A user counts for at most m pairs (item, period), each item
/// once, chosen from the user's own items when they are first seen. A period lies in at most one node of each of the L
/// levels, so the user moves at most m·L coordinates of that vector, each by 1: an `ItemBound` of (m·L, 1), which is what the
/// opening event pays for, whatever T·items is. Later events may depend on earlier releases (the noise of a node is fresh,
/// and each node's share of the bound is fixed). The sums are integers and the noise is exact. □
///
/// **Who leaves is left out of open nodes only.** A node is counted from the histories that are there when it closes: whoever
/// is not among them is in no later node, is forgotten here, and is never counted again in this stream, not even readmitted:
/// what they have used up is not kept. What was closed before cannot be taken back. Who was not there at the opening did not
/// pay, and is not counted.
///
/// The state is private: it says who counted for what. Sealed at rest (`sealed`), and never opened at an earlier state again:
/// a node that is closed twice is released twice. Noncopyable, so that a program does not do it by accident.
public struct ContinualCounts: ~Copyable, Sendable {
    var state: State

    /// All that goes on from period to period.
    struct State: Codable, Sendable {
        let version: Int
        let event: PrivacyEvent
        let itemCount: Int
        let periods: Int
        /// Periods closed so far.
        var closed = 0
        /// The noisy counts of the latest node at each set bit of `closed`.
        var nodes: [[Int64]?]
        /// Who paid and has not left, ascending, and (period, item) of what each counted for.
        var members: PackedPseudonyms
        var counted: [[UInt64]]
    }

    /// L of a stream of T periods.
    public static func levels(periods: Int) -> Int { Int.bitWidth - max(1, periods).leadingZeroBitCount }

    /// The bound that a stream needs, to plan its event with: m items a user for life, T periods.
    public static func bound(itemsPerUser: Int, periods: Int) -> ItemBound {
        ItemBound(maxItemsPerUser: itemsPerUser * levels(periods: periods), maxValuePerItem: 1)
    }

    /// Opens a stream for the users of `cohort`; nothing is released yet.
    /// - Parameters:
    ///   - periods: T. Public, 1 to 2²⁰.
    ///   - cohort: Private. The members who pay; their histories are read when a period closes.
    ///   - grant: Consumed. A discrete Laplace or discrete Gaussian event with `bound(itemsPerUser:periods:)` and a
    ///     coordinate an item.
    public static func open(
        periods: Int, of cohort: Cohort, spending grant: consuming StepGrant
    ) throws(DoorError) -> ContinualCounts {
        let event = grant.event
        guard grant.cohort == PrivateSum.digest(of: cohort) else { throw .grantForAnotherCohort }
        try PrivateSum.check(event)
        guard event.dimension >= cohort.itemCount else {
            throw .dimensionNotPaidFor(released: cohort.itemCount, paid: event.dimension)
        }
        guard (1...(1 << 20)).contains(periods) else { throw .unsupportedEvent("a stream has 1 to 2²⁰ periods") }
        let state = State(
            version: 1, event: event, itemCount: cohort.itemCount, periods: periods,
            nodes: Array(repeating: nil, count: levels(periods: periods)),
            members: PackedPseudonyms(users: cohort.users),
            counted: Array(repeating: [], count: cohort.count))
        guard try itemsPerUser(event, periods) >= 1 else {
            throw .unsupportedEvent("the bound is less than one item a user at each level of the tree")
        }
        return ContinualCounts(state: state)
    }

    /// Periods closed so far.
    public var closedPeriods: Int { state.closed }
    /// T.
    public var periods: Int { state.periods }

    /// Closes the next period and releases the counts up to its end; nil once all are closed.
    /// - Parameter cohort: Private. The present histories. Users who are not in it, or withdrawn, have left.
    public mutating func closePeriod(_ cohort: Cohort) throws(DoorError) -> Release? {
        var words = SecureStream()
        return try closePeriod(cohort, using: &words)
    }

    mutating func closePeriod<Words: WordSource & ~Copyable>(
        _ cohort: Cohort, using words: inout Words
    ) throws(DoorError) -> Release? {
        guard cohort.itemCount == state.itemCount else {
            throw .unusableFactors("the catalogue has \(cohort.itemCount) items, the stream's \(state.itemCount)")
        }
        guard state.closed < state.periods else { return nil }
        let most = try Self.itemsPerUser(state.event, state.periods)
        let noise = try CountNoise(state.event)
        state.closed += 1  // before anything is drawn: whatever happens, this node is not closed again
        state.take(from: cohort, itemsPerUser: most, using: &words)
        let level = state.closed.trailingZeroBitCount
        var node = state.sums(from: state.closed - (1 << level) + 1)
        noise.add(to: &node, using: &words)
        for lower in 0..<level { state.nodes[lower] = nil }
        state.nodes[level] = node
        return Release(steps: state.prefix(), granularity: 1, event: state.event)
    }

    /// m: what the event's bound allows a user for life.
    private static func itemsPerUser(_ event: PrivacyEvent, _ periods: Int) throws(DoorError) -> Int {
        let bound: ItemBound
        switch event {
        case .discreteLaplace(let laplace): bound = laplace.bound
        case .discreteGaussian(let gaussian): bound = gaussian.bound
        default: throw .contributionDoesNotMatchEvent
        }
        return bound.maxItemsPerUser / levels(periods: periods)
    }
}
