// SPDX-License-Identifier: Apache-2.0

/// A vector of integers to which users are added exactly, in any order; overflow is impossible.
///
/// Users go into Int64 until the bound on one user, times the users since, could reach 2⁶²; then the block is added to
/// Int128 totals. So no public or private number of users is too large: 2⁶³ users of 2⁶⁰ stay below 2¹²⁷.
struct ExactSum {
    private(set) var block: [Int64]
    private var totals: [Int128] = []
    private let usersPerBlock: Int
    private var usersInBlock = 0

    /// - Parameters:
    ///   - perUser: Public. The most that one user moves a coordinate by, at least 1, at most 2⁶⁰.
    ///   - maxUsers: Public. How many users to expect: decides whether the totals are allocated at once.
    init(count: Int, perUser: UInt64, maxUsers: Int) {
        block = Array(repeating: 0, count: count)
        usersPerBlock = Int((1 << 62) / min(max(1, perUser), 1 << 60))
        if maxUsers > usersPerBlock { totals = Array(repeating: 0, count: count) }
    }

    var count: Int { block.count }
    /// Whether the totals are all in `block`.
    var isNarrow: Bool { totals.isEmpty }

    /// One user's addends. `body` may move each coordinate by at most `perUser`.
    mutating func add(_ body: (inout MutableSpan<Int64>) -> Void) {
        if usersInBlock == usersPerBlock { flush() }
        usersInBlock += 1
        var span = block.mutableSpan
        body(&span)
    }

    /// The block itself, for who goes on with its memory. Ends the sum.
    consuming func takenBlock() -> [Int64] { block }

    func value(at index: Int) -> Int128 {
        totals.isEmpty ? Int128(block[index]) : totals[index] + Int128(block[index])
    }

    /// `addend` added to each coordinate.
    mutating func add(wide addend: (_ index: Int) -> Int128) {
        flush()
        for index in totals.indices { totals[index] += addend(index) }
    }

    /// Once, after the last user. `body` may move each coordinate by less than 2⁶²: with at most 2⁶² there already, and
    /// so nothing overflows.
    mutating func addBelow2To62(_ body: (inout MutableSpan<Int64>) -> Void) {
        usersInBlock = usersPerBlock
        var span = block.mutableSpan
        body(&span)
    }

    private mutating func flush() {
        if totals.isEmpty { totals = Array(repeating: 0, count: block.count) }
        for index in block.indices {
            totals[index] += Int128(block[index])
            block[index] = 0
        }
        usersInBlock = 0
    }
}
