// SPDX-License-Identifier: Apache-2.0

/// The users of one run with their histories, as compressed columns. Private, all of it but `itemCount`.
///
/// Per user the columns hold each *item* once, ascending: the value is that of the latest event, the time its time.
public struct Cohort: Sendable {
    /// How many items the catalogue has. Public.
    public let itemCount: Int
    /// Who is in it, ascending.
    public let users: [UserPseudonym]
    /// User `u` has the entries `offsets[u] ..< offsets[u + 1]` of the columns. Shape `[users + 1]`.
    private var offsets: [Int] = [0]
    private var items: [UInt32] = []
    private var values: [Float] = []
    private var times: [Int64] = []
    private var isWithdrawn: [Bool]

    /// Items outside the catalogue are left out.
    /// - Parameter members: in any order; of two with one pseudonym the histories are merged.
    public init(itemCount: Int, members: [(user: UserPseudonym, history: History)]) {
        let isAscending = zip(members, members.dropFirst()).allSatisfy { $0.user < $1.user }
        let sorted = isAscending ? members : Self.merged(members)
        self.itemCount = itemCount
        self.users = sorted.map(\.user)
        self.isWithdrawn = Array(repeating: false, count: users.count)
        for member in sorted { append(member.history) }
    }

    private static func merged(
        _ members: [(user: UserPseudonym, history: History)]
    ) -> [(user: UserPseudonym, history: History)] {
        let byUser = Dictionary(members.map { ($0.user, $0.history) }, uniquingKeysWith: { $0.merged(with: $1) })
        return byUser.map { (user: $0.key, history: $0.value) }.sorted { $0.user < $1.user }
    }

    public var count: Int { users.count }

    /// The columns of user `index`: items ascending and unique, values, times. Empty once the user is withdrawn.
    public func withColumns<Result: ~Copyable>(
        of index: Int, _ body: (_ items: Span<UInt32>, _ values: Span<Float>, _ times: Span<Int64>) -> Result
    ) -> Result {
        let range = isWithdrawn[index] ? 0..<0 : offsets[index]..<offsets[index + 1]
        return body(items.span.extracting(range), values.span.extracting(range), times.span.extracting(range))
    }

    /// Whether the user's contribution has become zero.
    public func isWithdrawn(_ index: Int) -> Bool { isWithdrawn[index] }

    /// From now on these users contribute nothing: erased, objected, restricted while a run goes on.
    public mutating func withdraw(_ pseudonyms: Set<UserPseudonym>) {
        for index in users.indices where pseudonyms.contains(users[index]) { isWithdrawn[index] = true }
    }

    private mutating func append(_ history: History) {
        // Item above, place in time below: one sort of plain words orders both.
        var order: [UInt64] = []
        order.reserveCapacity(history.count)
        for (place, interaction) in history.interactions.enumerated() where Int(interaction.item) < itemCount {
            order.append(UInt64(interaction.item) << 32 | UInt64(place))
        }
        order.sort()
        for (index, entry) in order.enumerated() {
            // Histories ascend in time: of one item's events the last one counts.
            if index + 1 < order.count, order[index + 1] >> 32 == entry >> 32 { continue }
            let interaction = history.interactions[Int(entry & 0xFFFF_FFFF)]
            items.append(interaction.item)
            values.append(interaction.value)
            times.append(interaction.time)
        }
        offsets.append(items.count)
    }
}
