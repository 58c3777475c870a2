// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// Ways to hold events back so that a model can be judged by them. Public numbers and a stated seed decide, so that a split
/// can be repeated; nothing here is noise.
public enum HoldOut: Hashable, Sendable {
    /// Each user's latest item is the test, the others are the history; who has fewer than two items is only trained on.
    case lastItem
    /// Each item of a user is a test item with this probability, by a coin of the seed; at least one item stays a history.
    case byItem(fraction: Double, seed: UInt64)
    /// About this part of the users is not trained on at all: they are folded in from the rest of their own items, which
    /// are split as by `byItem`. The others are only trained on.
    case strong(users: Double, fraction: Double, seed: UInt64)

    /// What happens to one user.
    public struct Part: Hashable, Sendable {
        /// What the model is trained on; empty for who is held out.
        public let train: History
        /// What the user is folded in from when the model is judged; empty for who is not.
        public let foldIn: History
        /// The items that the list is compared with, ascending.
        public let test: [UInt32]
    }

    /// - Parameters:
    ///   - history: All events of the user.
    ///   - key: What the coins of this user hang on, beside the seed: the same for the same user in whatever order.
    public func split(_ history: History, key: UInt64) -> Part {
        switch self {
        case .lastItem:
            guard let latest = history.interactions.last else { return whole(history) }
            let rest = History(history.interactions.filter { $0.item != latest.item })
            return rest.isEmpty ? whole(history) : Part(train: rest, foldIn: rest, test: [latest.item])
        case .byItem(let fraction, let seed):
            let (rest, test) = coins(history, fraction, seed: seed ^ key)
            return test.isEmpty ? whole(history) : Part(train: rest, foldIn: rest, test: test)
        case .strong(let users, let fraction, let seed):
            var generator = SplitMix64(state: seed ^ key)
            guard generator.unit() < users else { return whole(history) }
            let (rest, test) = coins(history, fraction, seed: generator.next())
            return Part(train: .empty, foldIn: rest, test: test)
        }
    }

    private func whole(_ history: History) -> Part { Part(train: history, foldIn: .empty, test: []) }

    private func coins(_ history: History, _ fraction: Double, seed: UInt64) -> (rest: History, test: [UInt32]) {
        var generator = SplitMix64(state: seed)
        let items = history.distinctItems
        var test = items.filter { _ in generator.unit() < fraction }
        if test.count == items.count, !test.isEmpty { test.remove(at: generator.below(test.count)) }
        let held = Set(test)
        return (History(history.interactions.filter { !held.contains($0.item) }), test)
    }
}
