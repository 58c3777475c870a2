// SPDX-License-Identifier: Apache-2.0

/// The sum, modulo 2²⁵⁶, of keyed hashes of the rows of a table: a fingerprint that is kept by adding and taking away, and
/// does not depend on order.
///
/// Clarke, Devadas, van Dijk, Gassend, Suh, "Incremental Multiset Hash Functions", ASIACRYPT 2003, MSet-Add-Hash: with a
/// pseudorandom function as the hash, whoever has not its key finds no two sets of distinct rows with one sum, as long as
/// they do not see the sums. Ours are seen, so a sum counts only together with a keyed hash over it: differences of sums
/// that were seen are no help in forging that.
public struct MultisetHash: Hashable, Sendable {
    /// The least significant word first.
    private var words: [UInt64]

    /// Of no rows.
    public static let empty = MultisetHash(words: [0, 0, 0, 0])

    private init(words: [UInt64]) { self.words = words }

    /// - Parameter bytes: 32, as `bytes` gave them; else nil.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        words = (0..<4).map { word in (0..<8).reduce(0) { $0 | UInt64(bytes[word * 8 + $1]) << (8 * UInt64($1)) } }
    }

    /// 32 bytes.
    public var bytes: [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    /// - Parameter hash: 32 bytes; another length is a mistake of the caller.
    public mutating func add(_ hash: [UInt8]) {
        guard let row = MultisetHash(bytes: hash) else { preconditionFailure("a row's hash has 32 bytes") }
        var carry: UInt64 = 0
        for index in 0..<4 {
            let (half, first) = words[index].addingReportingOverflow(row.words[index])
            let (sum, second) = half.addingReportingOverflow(carry)
            words[index] = sum
            carry = first || second ? 1 : 0
        }
    }

    /// - Parameter hash: 32 bytes that were added.
    public mutating func remove(_ hash: [UInt8]) {
        guard let row = MultisetHash(bytes: hash) else { preconditionFailure("a row's hash has 32 bytes") }
        var borrow: UInt64 = 0
        for index in 0..<4 {
            let (half, first) = words[index].subtractingReportingOverflow(row.words[index])
            let (rest, second) = half.subtractingReportingOverflow(borrow)
            words[index] = rest
            borrow = first || second ? 1 : 0
        }
    }
}
