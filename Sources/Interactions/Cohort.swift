// SPDX-License-Identifier: Apache-2.0

/// The users of one run with their histories, as compressed columns. Private, all of it but `itemCount`.
///
/// Per user the columns hold each *item* once, ascending: the value is that of the latest event, the time its time.
public struct Cohort: Sendable {
    /// How many items the catalogue has. Public.
    public let itemCount: Int
    /// Who is in it, ascending.
    public private(set) var users: [UserPseudonym]
    /// Stands for `users`: two cohorts of one identity have the same. They may differ in who is withdrawn.
    public fileprivate(set) var identity = CohortIdentity()
    /// User `u` has the entries `offsets[u] ..< offsets[u + 1]` of the columns. Shape `[users + 1]`.
    private var offsets: [Int] = [0]
    private var items: [UInt32] = []
    private var values: [Float] = []
    private var times: [Int64] = []
    private var isWithdrawn: [Bool]
    /// How much of the columns is in use; what is behind is room for more.
    private var used = 0

    /// Items outside the catalogue are left out.
    /// - Parameter members: in any order; of two with one pseudonym the histories are merged.
    public init(itemCount: Int, members: [(user: UserPseudonym, history: History)]) {
        let isAscending = zip(members, members.dropFirst()).allSatisfy { $0.user < $1.user }
        let sorted = isAscending ? members : Self.merged(members)
        self.init(itemCount: itemCount, reserving: sorted.count)
        var order = ItemOrder(itemCount: itemCount)
        for member in sorted { append(member.user, member.history.interactions.span, in: &order) }
    }

    /// Nobody yet; `append` adds one after the other.
    init(itemCount: Int, reserving userCount: Int) {
        self.itemCount = itemCount
        users = []
        isWithdrawn = []
        users.reserveCapacity(userCount)
        isWithdrawn.reserveCapacity(userCount)
        offsets.reserveCapacity(userCount + 1)
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

    /// - Parameters:
    ///   - user: comes after all before.
    ///   - history: ascending in time.
    mutating func append(_ user: UserPseudonym, _ history: Span<Interaction>, in order: inout ItemOrder) {
        users.append(user)
        isWithdrawn.append(false)
        order.sort(history)
        if items.count - used < order.count { lengthen(by: max(order.count, 1 << 14)) }
        used = Self.put(history, in: order, at: used, &items, &values, &times)
        offsets.append(used)
    }

    private mutating func lengthen(by count: Int) {
        items.append(contentsOf: repeatElement(0, count: count))
        values.append(contentsOf: repeatElement(0, count: count))
        times.append(contentsOf: repeatElement(0, count: count))
    }

    /// Room for as many entries as that many users have if they are like those so far, and a twentieth more.
    mutating func reserve(forUsers userCount: Int) {
        guard userCount > count, count > 0 else { return }
        let expected = used / count * userCount / 20 * 21 + 1 << 14
        items.reserveCapacity(expected)
        values.reserveCapacity(expected)
        times.reserveCapacity(expected)
    }

    /// Writes the columns from `start` on, where there is room for all events.
    /// - Returns: Where they end: one place an item.
    private static func put(
        _ history: Span<Interaction>, in order: borrowing ItemOrder, at start: Int, _ items: inout [UInt32],
        _ values: inout [Float], _ times: inout [Int64]
    ) -> Int {
        let most = order.count
        var kept = start
        let entries = order.entries.span
        var itemColumn = items.mutableSpan
        var valueColumn = values.mutableSpan
        var timeColumn = times.mutableSpan
        for index in 0..<most {
            let entry = entries[index]
            // Histories ascend in time: of one item's events the last one counts.
            if index + 1 < most, entries[index + 1] >> 32 == entry >> 32 { continue }
            let interaction = history[Int(entry & 0xFFFF_FFFF)]
            itemColumn[kept] = interaction.item
            valueColumn[kept] = interaction.value
            timeColumn[kept] = interaction.time
            kept += 1
        }
        return kept
    }
}

/// One list of users that no longer changes.
public final class CohortIdentity: Sendable {
    fileprivate init() {}
}

/// Fills a cohort user by user, straight into its columns; nothing is kept a user but what the columns hold.
public struct CohortBuilder {
    private var cohort: Cohort
    private var order: ItemOrder
    private let userCount: Int

    /// - Parameter userCount: how many are to come, as far as is known.
    public init(itemCount: Int, reserving userCount: Int) {
        cohort = Cohort(itemCount: itemCount, reserving: userCount)
        order = ItemOrder(itemCount: itemCount)
        self.userCount = userCount
    }

    /// - Parameters:
    ///   - user: comes after all before.
    ///   - history: Private. Ascending, unique; empty for who is withdrawn or does not open.
    public mutating func append(_ user: UserPseudonym, _ history: Span<Interaction>) {
        precondition(cohort.users.last.map { $0 < user } ?? true, "members ascend")
        cohort.append(user, history, in: &order)
        // Pseudonyms are random: the first thousand users tell how long the columns get, and they need not be moved again.
        if cohort.count == 1024 { cohort.reserve(forUsers: userCount) }
    }

    public consuming func build() -> Cohort {
        var built = cohort
        built.identity = CohortIdentity()  // a copy of this builder may have gone on: others, so another identity
        return built
    }
}
