// SPDX-License-Identifier: Apache-2.0

/// A user as the system knows them: a keyed hash of an outside id, 16 bytes. Ordered as its bytes are.
public struct UserPseudonym: Hashable, Comparable, Sendable {
    fileprivate let high: UInt64
    fileprivate let low: UInt64

    public static let byteCount = 16

    /// Nil unless there are exactly 16 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        let copy = Array(bytes)  // one copy, then plain array code: a generic loop costs microseconds a pseudonym
        var (high, low) = (UInt64(0), UInt64(0))
        for index in 0..<8 {
            high = high << 8 | UInt64(copy[index])
            low = low << 8 | UInt64(copy[index + 8])
        }
        (self.high, self.low) = (high, low)
    }

    /// The same from bytes that are only lent.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[index])
            low = low << 8 | UInt64(bytes[index + 8])
        }
        (self.high, self.low) = (high, low)
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        append(to: &bytes)
        return bytes
    }

    /// Overwrites 16 bytes of `bytes` from `position` on; for whoever needs many pseudonyms in one place, one after the other.
    public func write(to bytes: inout [UInt8], at position: Int) {
        for index in 0..<8 {
            let shift = 56 - 8 * UInt64(index)
            bytes[position + index] = UInt8(truncatingIfNeeded: high >> shift)
            bytes[position + 8 + index] = UInt8(truncatingIfNeeded: low >> shift)
        }
    }

    fileprivate func append(to bytes: inout [UInt8]) {
        for word in [high, low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
    }

    /// The bytes as one number, the most significant first: what sums of pseudonyms are made of.
    public var number: UInt128 { UInt128(high) << 64 | UInt128(low) }

    /// The reverse of `packedBytes`; nil unless there are 16 bytes for each.
    public static func unpack(_ bytes: [UInt8]) -> [UserPseudonym]? {
        guard bytes.count.isMultiple(of: byteCount) else { return nil }
        var users: [UserPseudonym] = []
        users.reserveCapacity(bytes.count / byteCount)
        for position in stride(from: 0, to: bytes.count, by: byteCount) {
            var (high, low) = (UInt64(0), UInt64(0))
            for index in position..<position + 8 {
                high = high << 8 | UInt64(bytes[index])
                low = low << 8 | UInt64(bytes[index + 8])
            }
            users.append(UserPseudonym(high: high, low: low))
        }
        return users
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    public static func < (a: UserPseudonym, b: UserPseudonym) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension [UserPseudonym] {
    /// Whether each comes after the one before.
    public var isAscending: Bool {
        for index in indices.dropFirst() where self[index - 1] >= self[index] { return false }
        return true
    }

    /// The sum of the pseudonyms as numbers, modulo 2¹²⁸: independent of order, and what is added can be taken away again.
    public var sumOfNumbers: UInt128 {
        var sum = UInt128(0)
        for user in self { sum &+= user.number }
        return sum
    }
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
