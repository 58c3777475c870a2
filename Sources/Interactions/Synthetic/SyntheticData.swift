// SPDX-License-Identifier: Apache-2.0

/// An invented data set with structure worth learning: users with a taste, items with genres, popularity by Zipf's law.
///
/// A user loves one cluster of items (three quarters of their events), likes a second, and takes some of what is popular everywhere. A model that finds the clusters
/// beats popularity by far; one that reads genres finds them too. The same numbers and seed give the same bytes on every machine.
public struct SyntheticData: Sendable {
    /// One event of one invented user.
    public struct Event: Hashable, Sendable {
        public let user: String
        /// Position in `items`.
        public let item: UInt32
        /// A rating, 2 to 5: higher where the item is to the user's taste.
        public let value: Float
        /// Unix seconds, in 2024 and after.
        public let time: Int64
    }

    /// Why there is no such data set.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case usersOutOfRange, itemsOutOfRange

        public var description: String {
            switch self {
            case .usersOutOfRange: "A synthetic data set has 1 to \(SyntheticData.userRange.upperBound) users."
            case .itemsOutOfRange:
                "A synthetic data set has \(SyntheticData.itemRange.lowerBound) to \(SyntheticData.itemRange.upperBound) items."
            }
        }
    }

    public static let userRange = 1...10_000_000
    public static let itemRange = 20...1_000_000

    public let items: [CatalogueItem]
    /// By time, then user, then item: one person's events are spread over the whole.
    public let events: [Event]
    /// The latest fifth of each user's items, at least one, not among `events`. Same order.
    public let test: [Event]
    /// Per user, in order of number: the cluster they love. For tests of structure.
    package let tastes: [Int]

    public static func generate(users: Int, items: Int, seed: UInt64) throws(Failure) -> SyntheticData {
        guard userRange.contains(users) else { throw .usersOutOfRange }
        guard itemRange.contains(items) else { throw .itemsOutOfRange }
        var stream = SyntheticStream(seed: seed)
        let catalogue = SyntheticCatalogue(count: items, stream: &stream)
        let crowd = SyntheticCrowd(catalogue)
        var (events, test, tastes) = ([Event](), [Event](), [Int]())
        let width = String(users).count
        for number in 1...users {
            let text = String(number)
            let name = "user-" + String(repeating: "0", count: width - text.count) + text
            let (taste, history) = crowd.user(name, &stream)
            let heldOut = max(1, history.count / 5)
            events += history.dropLast(heldOut)
            test += history.suffix(heldOut)
            tastes.append(taste)
        }
        func earlier(_ a: Event, _ b: Event) -> Bool { (a.time, a.user, a.item) < (b.time, b.user, b.item) }
        return SyntheticData(
            items: catalogue.items, events: events.sorted(by: earlier), test: test.sorted(by: earlier), tastes: tastes)
    }
}

/// How the invented users choose.
struct SyntheticCrowd: Sendable {
    private let clusters: [[UInt32]]
    private let itemCount: Int
    /// Ranks within each cluster, and clusters by how many love them.
    private let ranks: [WeightedDraw]
    private let tastes: WeightedDraw
    /// 2024-01-01T00:00:00Z
    private static let begin: Int64 = 1_704_067_200

    init(_ catalogue: SyntheticCatalogue) {
        clusters = catalogue.clusters
        itemCount = catalogue.items.count
        // The offset flattens the head: nobody's whole taste is one item.
        ranks = clusters.map { .zipf(count: $0.count, offset: 4) }
        tastes = .zipf(count: clusters.count, offset: 6)
    }

    /// One user's taste and events, in order of time, each item once.
    func user(_ name: String, _ stream: inout SyntheticStream) -> (taste: Int, history: [SyntheticData.Event]) {
        let taste = tastes.position(&stream)
        let second = tastes.position(&stream)
        let activity = stream.fraction()
        // 8 to 44 events, 20 on average; never more than a third of a small catalogue.
        let wanted = min(8 + Int(36 * activity * activity), itemCount / 3)
        var seen: Set<UInt32> = []
        var history: [SyntheticData.Event] = []
        var time = Self.begin + Int64(stream.index(below: 180 * 86_400))
        var attempts = 0
        while history.count < wanted && attempts < 20 * wanted {
            attempts += 1
            let mood = stream.fraction()
            let cluster = mood < 0.75 ? taste : mood < 0.9 ? second : tastes.position(&stream)
            let item = clusters[cluster][ranks[cluster].position(&stream)]
            guard seen.insert(item).inserted else { continue }
            // Half of the events follow within the hour, the others after days.
            time +=
                stream.chance(0.5) ? Int64(60 + stream.index(below: 3540)) : Int64(3600 + stream.index(below: 864_000))
            let rating = (cluster == taste ? 4 : cluster == second ? 3 : 2) + stream.index(below: 2)
            history.append(.init(user: name, item: item, value: Float(rating), time: time))
        }
        return (taste, history)
    }
}
