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
        let byUser = Dictionary(members.map { ($0.user, $0.history) }, uniquingKeysWith: { $0.merged(with: $1) })
        self.itemCount = itemCount
        self.users = byUser.keys.sorted()
        self.isWithdrawn = Array(repeating: false, count: users.count)
        for user in users { append(byUser[user] ?? .empty) }
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
        var latest: [UInt32: Interaction] = [:]
        for interaction in history.interactions where Int(interaction.item) < itemCount {
            latest[interaction.item] = interaction  // histories ascend in time: the last one wins
        }
        for interaction in latest.values.sorted(by: { $0.item < $1.item }) {
            items.append(interaction.item)
            values.append(interaction.value)
            times.append(interaction.time)
        }
        offsets.append(items.count)
    }
}
