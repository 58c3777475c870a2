// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting
public import Interactions

/// The one door: choose users, bound what each contributes, add, add noise, put on the output grid.
///
/// Private data leaves through here alone, and what a release costs stands in the event that the grant carries: sampling
/// probability, clipping norm, noise, bounds and the most coordinates come from it, never from the caller. Neighbours differ
/// by one user added or removed. A reviewer reads this file, then the proof beside the contribution, then the one beside
/// the noise.
public enum PrivateSum {
    /// Makes the release that `grant` pays for.
    ///
    /// Nothing private decides whether it throws: a contribution that cannot be computed is zero, an empty sample and an
    /// empty cohort are released like any other. The randomness is a stream of its own, seeded by the system.
    /// - Parameters:
    ///   - contribution: What each user adds, before bounding.
    ///   - cohort: Private. Must be the one that the grant was made for.
    ///   - grant: Consumed; the step is charged even if this throws.
    ///   - maxUsers: Public. The policy's member bound; sizes the accumulators. A larger cohort is added exactly too.
    public static func release(
        _ contribution: Contribution, of cohort: Cohort, spending grant: consuming StepGrant, maxUsers: Int
    ) throws(DoorError) -> Release {
        var words = SecureStream()
        return try release(contribution, of: cohort, spending: grant, maxUsers: maxUsers, using: &words)
    }

    static func release<Words: WordSource & ~Copyable>(
        _ contribution: Contribution, of cohort: Cohort, spending grant: consuming StepGrant, maxUsers: Int,
        using words: inout Words
    ) throws(DoorError) -> Release {
        let event = grant.event
        guard grant.period == nil else { throw .contributionDoesNotMatchEvent }
        guard grant.pays(for: cohort) else { throw .grantForAnotherCohort }
        try check(event)
        let dimension = contribution.dimension(itemCount: cohort.itemCount)
        guard dimension <= event.dimension else {
            throw .dimensionNotPaidFor(released: dimension, paid: event.dimension)
        }
        switch event {
        case .discreteLaplace(let laplace):
            let noise = try CountNoise(event)
            var counts = try counts(contribution, of: cohort, bound: laplace.bound, using: &words)
            noise.add(to: &counts, using: &words)
            return Release(steps: counts, granularity: contribution.countGranularity, event: event)
        case .discreteGaussian(let gaussian):
            let noise = try CountNoise(event)  // first: what cannot be drawn is refused before the data are read
            var counts = try counts(contribution, of: cohort, bound: gaussian.bound, using: &words)
            noise.add(to: &counts, using: &words)
            return Release(steps: counts, granularity: contribution.countGranularity, event: event)
        case .gaussianSum(let gaussian):
            let grid = try FineGrid(gaussian)
            let sum = try sum(contribution, over: cohort, gaussian, grid, maxUsers: maxUsers, using: &words)
            let steps = grid.release(sum, using: &words)
            return Release(steps: steps, granularity: grid.outputGranularity, event: event)
        default: throw .unsupportedEvent(Self.notOurs)
        }
    }

    private static let notOurs =
        "it is for accounting alone: the door makes discrete Laplace, discrete Gaussian and Gaussian sums"

    /// Whether the door can make a release of this event, by public numbers alone: to be asked before anything is paid.
    /// - Parameter itemCount: Of the catalogue, where the event may be for a linear image of item factors: their rank is then
    ///   the event's dimension over it. nil: only the noise is looked at.
    /// - Throws: `.unsupportedEvent`, `.unusableFactors`.
    public static func check(_ event: PrivacyEvent, itemCount: Int? = nil) throws(DoorError) {
        guard event.isValid else { throw .unsupportedEvent("a field is out of range") }
        switch event {
        case .discreteLaplace: break
        case .discreteGaussian(let gaussian):
            guard DiscreteGaussian(variance: gaussian.variance) != nil else {
                throw .unsupportedEvent("the variance has too large a denominator")
            }
        case .gaussianSum(let gaussian):
            let grid = try FineGrid(gaussian)
            guard let items = itemCount, items > 0 else { return }
            let rank = max(1, gaussian.dimension / items)
            try BoundedFactorGradient.check(items: items, rank: rank, grid: grid)
        default: throw .unsupportedEvent(Self.notOurs)
        }
    }

    /// What a grant's cohort is compared with: BLAKE2b-256 of the pseudonyms, ascending.
    public static func digest(of cohort: Cohort) -> CohortDigest {
        CohortDigest(hex: Hex.encode(BLAKE2b.hash(cohort.users.packedBytes)))
    }

    private static func counts<Words: WordSource & ~Copyable>(
        _ contribution: Contribution, of cohort: Cohort, bound: ItemBound, using words: inout Words
    ) throws(DoorError) -> [Int64] {
        switch contribution {
        case .userCount: Counts.users(of: cohort)
        case .itemCounts: Counts.items(of: cohort, bound: bound, using: &words)
        case .userVector(let vector): vector.counts(of: cohort, bound: bound, using: &words)
        case .itemWeights, .linearImage, .featureGram, .headGram, .subspaceStep: throw .contributionDoesNotMatchEvent
        }
    }

    private static func sum<Words: WordSource & ~Copyable>(
        _ contribution: Contribution, over cohort: Cohort, _ event: GaussianSumEvent, _ grid: FineGrid, maxUsers: Int,
        using words: inout Words
    ) throws(DoorError) -> ExactSum {
        switch contribution {
        case .itemWeights: ItemWeights.sum(over: cohort, event, grid: grid, maxUsers: maxUsers, using: &words)
        case .linearImage(let gradient):
            try gradient.sum(over: cohort, event, grid: grid, maxUsers: maxUsers, using: &words)
        case .userVector(let vector):
            try vector.sum(over: cohort, event, grid: grid, maxUsers: maxUsers, using: &words)
        case .featureGram(let gram): try gram.sum(over: cohort, event, grid: grid, maxUsers: maxUsers, using: &words)
        case .headGram(let gram): try gram.sum(over: cohort, event, grid: grid, maxUsers: maxUsers, using: &words)
        case .subspaceStep(let step): try step.sum(over: cohort, event, grid: grid, maxUsers: maxUsers, using: &words)
        case .userCount, .itemCounts: throw .contributionDoesNotMatchEvent
        }
    }
}

extension StepGrant {
    /// Whether exactly the users of this cohort pay. Their digest is computed once in a run: `users` cannot change.
    func pays(for cohort: Cohort) -> Bool {
        pays(for: cohort.identity) { PrivateSum.digest(of: cohort) }
    }
}
