// SPDX-License-Identifier: Apache-2.0

/// A user as the system knows them: a keyed hash of an outside id, 16 bytes. Ordered as its bytes are.
public struct UserPseudonym: Hashable, Comparable, Sendable {
    fileprivate let high: UInt64
    fileprivate let low: UInt64

    public static let byteCount = 16

    /// Nil unless there are exactly 16 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for (index, byte) in bytes.enumerated() {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
        (self.high, self.low) = (high, low)
    }

    /// From the two halves as big-endian words: for whoever reads millions.
    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    public var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } }
    }

    public static func < (a: UserPseudonym, b: UserPseudonym) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension Collection where Element == UserPseudonym {
    /// All bytes, one pseudonym after the other: what a cohort's digest is taken of (ascending order).
    public var packedBytes: [UInt8] {
        // A step of training takes this of its whole cohort: no array per pseudonym.
        var bytes = [UInt8](repeating: 0, count: count * UserPseudonym.byteCount)
        var position = 0
        for pseudonym in self {
            Self.put(pseudonym.high, at: position, in: &bytes)
            Self.put(pseudonym.low, at: position + 8, in: &bytes)
            position += UserPseudonym.byteCount
        }
        return bytes
    }

    private static func put(_ word: UInt64, at position: Int, in bytes: inout [UInt8]) {
        for index in 0..<8 { bytes[position + index] = UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64(index))) }
    }
}
