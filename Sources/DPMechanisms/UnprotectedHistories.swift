// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting
public import Interactions
public import LinearAlgebra

extension PrivateSum {
    /// The histories themselves, for a step that was bought without noise.
    ///
    /// A Gaussian sum of σ = 0 is exact, so its cost is infinite and the ledger sells it where the whole directory was declared
    /// public and nowhere else. The sum of each user's row, set at a place of its own, is the matrix of users and items: what
    /// methods without privacy, such as plain alternating least squares, begin with. This is that release. It needs no proof: nothing is
    /// promised at ε = ∞.
    /// - Parameters:
    ///   - most: Public. At most so many items of a user, a random subset of the user's own.
    ///   - grant: Consumed, and refused unless its event is a Gaussian sum of σ = 0 over every user.
    /// - Returns: One row a member, empty for who is withdrawn; columns are positions in the catalogue, ascending.
    public static func unprotected(
        _ cohort: Cohort, mostItemsPerUser most: Int, spending grant: consuming StepGrant
    ) throws(DoorError) -> SparseRows {
        guard grant.period == nil, case .gaussianSum(let event) = grant.event, event.noiseMultiplier == 0,
            event.samplingProbability == 1
        else { throw .contributionDoesNotMatchEvent }
        guard grant.pays(for: cohort) else { throw .grantForAnotherCohort }
        var words = SecureStream()
        var rows = SparseRows()
        for index in 0..<cohort.count {
            cohort.withItems(of: index, most: MostItems.clamped(most), using: &words) { rows.append($0) }
        }
        return rows
    }
}
