// SPDX-License-Identifier: Apache-2.0

internal import Interactions

extension Cohort {
    /// The items of one user, ascending; a uniformly random subset of the user's own where there are more than `most`.
    ///
    /// Which ones is drawn for this user alone: for every value of those coins the bounds hold, and neighbours can share the
    /// coins of all other users.
    func withItems<Words: WordSource & ~Copyable>(
        of index: Int, most: Int, using words: inout Words, _ body: (Span<UInt32>) -> Void
    ) {
        withColumns(of: index) { items, _, _ in
            if items.count <= most { return body(items) }
            let chosen = Uniform.subset(of: items.count, size: most, using: &words).map { items[$0] }.sorted()
            body(chosen.span)
        }
    }
}

/// How many items of a user the Gram matrices and the subspace step look at, at most.
enum MostItems {
    /// 2¹⁶: the rounding errors in the proofs are for so many.
    static let limit = 1 << 16

    /// Held inside 1...2¹⁶.
    static func clamped(_ asked: Int) -> Int { min(max(asked, 1), limit) }
}
