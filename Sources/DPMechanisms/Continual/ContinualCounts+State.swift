// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
public import Foundation
internal import Interactions

extension ContinualCounts.State {
    /// Who is here counts for what is new, as long as m lasts; who is not here is forgotten.
    mutating func take<Words: WordSource & ~Copyable>(
        from cohort: Cohort, itemsPerUser most: Int, using words: inout Words
    ) {
        var (members, counted): ([UserPseudonym], [[UInt64]]) = ([], [])
        var place = 0
        for index in 0..<cohort.count where !cohort.isWithdrawn(index) {
            let user = cohort.users[index]
            while place < self.members.users.count, self.members.users[place] < user { place += 1 }
            guard place < self.members.users.count, self.members.users[place] == user else { continue }
            members.append(user)
            counted.append(newly(self.counted[place], index, cohort, most, using: &words))
        }
        (self.members, self.counted) = (PackedPseudonyms(users: members), counted)
    }

    private func newly<Words: WordSource & ~Copyable>(
        _ known: [UInt64], _ index: Int, _ cohort: Cohort, _ most: Int, using words: inout Words
    ) -> [UInt64] {
        guard known.count < most else { return known }
        let seen = Set(known.map { UInt32(truncatingIfNeeded: $0) })
        let fresh = cohort.withColumns(of: index) { items, _, _ in
            items.indices.map { items[$0] }.filter { !seen.contains($0) }
        }
        let chosen = Uniform.subset(of: fresh.count, size: most - known.count, using: &words)
        return known + chosen.map { UInt64(closed) << 32 | UInt64(fresh[$0]) }
    }

    /// The exact counts of the periods from `first` on. A pair is one user's, once: Int64 cannot overflow.
    func sums(from first: Int) -> [Int64] {
        var sums = [Int64](repeating: 0, count: itemCount)
        for pairs in counted {
            for pair in pairs where Int(pair >> 32) >= first { sums[Int(UInt32(truncatingIfNeeded: pair))] += 1 }
        }
        return sums
    }

    /// The latest nodes at the set bits, added: post-processing.
    func prefix() -> [Int64] {
        var sum = [Int64](repeating: 0, count: itemCount)
        for case .some(let node) in nodes { for i in sum.indices { sum[i] = sum[i].saturatingAdd(node[i]) } }
        return sum
    }

    /// Whether a state that was read can be gone on with, without a trap.
    var isSound: Bool {
        version == 1 && event.isValid && event.dimension >= itemCount && itemCount >= 0
            && (1...(1 << 20)).contains(periods) && (0...periods).contains(closed)
            && nodes.count == ContinualCounts.levels(periods: periods)
            && nodes.enumerated().allSatisfy { level, node in
                (node != nil) == (closed >> level & 1 == 1) && node?.count ?? itemCount == itemCount
            }
            && members.users.count == counted.count
            && zip(members.users, members.users.dropFirst()).allSatisfy { $0 < $1 }
            && counted.allSatisfy { $0.allSatisfy { Int(UInt32(truncatingIfNeeded: $0)) < itemCount } }
    }
}

/// Pseudonyms as one run of bytes.
struct PackedPseudonyms: Codable, Sendable {
    var users: [UserPseudonym]

    init(users: [UserPseudonym]) { self.users = users }

    init(from decoder: any Decoder) throws {
        let bytes = [UInt8](try decoder.singleValueContainer().decode(Data.self))
        users = stride(from: 0, to: bytes.count, by: UserPseudonym.byteCount).compactMap {
            UserPseudonym(bytes: bytes[$0..<min(bytes.count, $0 + UserPseudonym.byteCount)])
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(users.packedBytes))
    }
}

extension ContinualCounts {
    /// The private state, ready to be sealed: whoever reads it learns who counted for what. Ends this value.
    public consuming func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(state)
    }

    /// A stream to go on with, from bytes that were sealed. The latest ones: an older state would release nodes twice.
    /// - Throws: a `DecodingError` without private values where the bytes are not a stream's.
    public static func decoded(_ bytes: Data) throws -> ContinualCounts {
        guard let state = try? JSONDecoder().decode(State.self, from: bytes), state.isSound else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "not the state of a stream of counts"))
        }
        return ContinualCounts(state: state)
    }
}
