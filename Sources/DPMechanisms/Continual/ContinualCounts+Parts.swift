// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
public import Interactions

extension ContinualCounts {
    /// What one member counted for. Private: to be sealed under that member's own key, so that it ends with the key.
    ///
    /// m pairs of 8 bytes, big-endian: the period, then the item, 4 bytes each; places that are free are ones. The length is
    /// public and the same for all.
    public struct Part: Hashable, Sendable {
        public let user: UserPseudonym
        public let bytes: [UInt8]

        public init(user: UserPseudonym, bytes: [UInt8]) { (self.user, self.bytes) = (user, bytes) }
    }

    private static let free = UInt64.max
    private static let pairLength = 8

    /// The members with what they counted for, ascending; also who has left and would not pay again on coming back.
    public func parts() -> [Part] {
        let everybody = (Array(zip(members, counted)) + away.map { ($0, $1) }).sorted { $0.0 < $1.0 }
        return everybody.map { user, pairs in
            let padded = pairs + Array(repeating: Self.free, count: plan.itemsPerUser - pairs.count)
            return Part(
                user: user,
                bytes: padded.flatMap { pair in (0..<8).map { UInt8(truncatingIfNeeded: pair >> (56 - 8 * $0)) } })
        }
    }

    /// A stream to go on with.
    ///
    /// - Parameters:
    ///   - released: what `released` was after the last period that was closed.
    ///   - parts: The members who are still there, ascending. The latest ones, or those of a period that was cut short before its
    ///     release: whoever counted for an item in it counts for it still. Under a ledger that does not charge returners again, all of them.
    /// - Throws: `.unsupportedEvent` for what is no state of this stream; says nothing of anybody.
    public init(_ plan: StreamPlan, after released: Released, parts: [Part]) throws(DoorError) {
        try plan.check()
        let counted = parts.map { Self.pairs($0.bytes) }
        let isSound =
            released.fits(plan) && zip(parts, parts.dropFirst()).allSatisfy { $0.user < $1.user }
            && counted.allSatisfy { Self.areSound($0, plan, next: released.closed + 1) }
        guard isSound else { throw .unsupportedEvent("this is not the state of a stream of counts") }
        (self.plan, self.released) = (plan, released)
        (members, self.counted) = (parts.map(\.user), counted.map { $0 ?? [] })
    }

    private static func pairs(_ bytes: [UInt8]) -> [UInt64]? {
        guard bytes.count % pairLength == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: pairLength)
            .map { start in bytes[start..<start + pairLength].reduce(0) { $0 << 8 | UInt64($1) } }
            .filter { $0 != free }
    }

    /// At most m pairs of different items, none from the future: what the proof needs.
    private static func areSound(_ pairs: [UInt64]?, _ plan: StreamPlan, next: Int) -> Bool {
        guard let pairs, pairs.count <= plan.itemsPerUser else { return false }
        let items = Set(pairs.map { UInt32(truncatingIfNeeded: $0) })
        return items.count == pairs.count && items.allSatisfy { Int($0) < plan.itemCount }
            && pairs.allSatisfy { (1...next).contains(Int($0 >> 32)) }
    }
}

extension ContinualCounts.Released {
    fileprivate func fits(_ plan: StreamPlan) -> Bool {
        let expected =
            switch plan.mechanism {
            case .tree: closed.nonzeroBitCount
            case .squareRoot: closed
            }
        return (0...plan.periods).contains(closed) && vectors.count == expected
            && vectors.allSatisfy { $0.count == plan.itemCount }
    }
}
