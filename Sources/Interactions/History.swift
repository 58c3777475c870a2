// SPDX-License-Identifier: Apache-2.0

/// What one user did, in order of time, each event once.
public struct History: Hashable, Sendable {
    /// Ascending, unique.
    public let interactions: [Interaction]

    public static let empty = History([])

    public init(_ interactions: some Sequence<Interaction>) { self.init(Array(interactions)) }

    /// The same of an array, which costs a third of the time: a generic sort is not specialised in other modules.
    public init(_ interactions: [Interaction]) {
        var sorted = interactions
        var isAscending = true
        for index in sorted.indices.dropFirst() where !(sorted[index - 1] < sorted[index]) {
            isAscending = false
            break
        }
        if !isAscending {
            sorted.sort { ($0.time, $0.item, $0.value) < ($1.time, $1.item, $1.value) }
            var kept = 0
            for index in sorted.indices where index == 0 || sorted[index] != sorted[kept - 1] {
                sorted[kept] = sorted[index]
                kept += 1
            }
            sorted.removeLast(sorted.count - kept)
        }
        self.interactions = sorted
    }

    public var count: Int { interactions.count }
    public var isEmpty: Bool { interactions.isEmpty }

    /// The catalogue positions that occur, ascending, each once.
    public var distinctItems: [UInt32] { Set(interactions.map(\.item)).sorted() }

    /// Both histories as one, each event once.
    public func merged(with other: History) -> History { History(interactions + other.interactions) }
}
