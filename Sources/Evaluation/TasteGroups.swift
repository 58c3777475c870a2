// SPDX-License-Identifier: Apache-2.0

/// How users of rare tastes fare beside everybody (Abdollahpouri et al. 2019, "The Unfairness of Popularity Bias in
/// Recommendation").
public struct TasteGroups: Hashable, Sendable {
    /// The mean popularity in the lists over that in the histories, user by user, averaged; nil where nobody has both.
    /// Above 1 the lists are more popular than the people they are for.
    public let popularityLift: Double?
    /// The mean figure of the third of users whose own items are least popular, over the mean of all; nil where undefined.
    public let tailShare: Double?

    /// - Parameters:
    ///   - users: One entry a user with a test item: the history and the list as catalogue positions, and the figure of the
    ///     list (Recall, say).
    ///   - popularity: One value an item of the catalogue.
    public init(_ users: [(history: [UInt32], list: [UInt32], figure: Double)], popularity: [Double]) {
        func mean(_ items: [UInt32]) -> Double? {
            let known = items.filter { Int($0) < popularity.count }
            if known.isEmpty { return nil }
            return known.reduce(0) { $0 + popularity[Int($1)] } / Double(known.count)
        }
        let own = users.map { mean($0.history) }
        let lifts = zip(own, users).compactMap { own, user -> Double? in
            guard let own, own > 0, let listed = mean(user.list) else { return nil }
            return listed / own
        }
        popularityLift = lifts.isEmpty ? nil : lifts.reduce(0, +) / Double(lifts.count)
        let ordered = zip(own, users).compactMap { own, user in own.map { (own: $0, figure: user.figure) } }
            .sorted { $0.own < $1.own }
        let all = ordered.reduce(0) { $0 + $1.figure } / Double(max(ordered.count, 1))
        let tail = ordered.prefix((ordered.count + 2) / 3)
        tailShare = all > 0 ? tail.reduce(0) { $0 + $1.figure } / Double(tail.count) / all : nil
    }
}
