// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions

extension ContinualCounts {
    /// Who is here counts for what is new, as long as m lasts; who is not here is forgotten, or set aside where they come back unpaid.
    mutating func take<Words: WordSource & ~Copyable>(
        from cohort: Cohort, returnersPay: Bool, using words: inout Words
    ) {
        var (present, pairs): ([UserPseudonym], [[UInt64]]) = ([], [])
        var aside: [UserPseudonym: [UInt64]] = [:]
        if !returnersPay { aside = away.merging(zip(members, counted)) { _, latest in latest } }
        var place = 0
        for index in 0..<cohort.count where !cohort.isWithdrawn(index) {
            let user = cohort.users[index]
            while place < members.count, members[place] < user { place += 1 }
            let isMember = place < members.count && members[place] == user
            let known = aside.removeValue(forKey: user) ?? (isMember ? counted[place] : [])
            present.append(user)
            pairs.append(known + newly(known, index, cohort, using: &words))
        }
        (members, counted, away) = (present, pairs, aside)
    }

    private func newly<Words: WordSource & ~Copyable>(
        _ known: [UInt64], _ index: Int, _ cohort: Cohort, using words: inout Words
    ) -> [UInt64] {
        guard known.count < plan.itemsPerUser else { return [] }
        let seen = Set(known.map { UInt32(truncatingIfNeeded: $0) })
        let fresh = cohort.withColumns(of: index) { items, _, _ in
            items.indices.map { items[$0] }.filter { !seen.contains($0) }
        }
        let chosen = Uniform.subset(of: fresh.count, size: plan.itemsPerUser - known.count, using: &words)
        return chosen.map { UInt64(released.closed) << 32 | UInt64(fresh[$0]) }
    }

    /// The exact counts of the periods from `first` on. A pair is one user's, once: Int64 cannot overflow.
    func sums(from first: Int) -> [Int64] {
        var sums = [Int64](repeating: 0, count: plan.itemCount)
        for pairs in counted {
            for pair in pairs where Int(pair >> 32) >= first { sums[Int(UInt32(truncatingIfNeeded: pair))] += 1 }
        }
        return sums
    }

    /// Row t of Ĉx, exact: each pair of a period s ≤ t adds ĉ_{t−s}, nothing where the band has ended.
    func row(_ column: SquareRootColumn) -> ExactSum {
        var sum = ExactSum(count: plan.itemCount, perUser: column.steps[0].magnitude, maxUsers: members.count)
        for pairs in counted {
            sum.add { coordinates in
                for pair in pairs {
                    let age = released.closed - Int(pair >> 32)
                    if age < column.steps.count {
                        coordinates[Int(UInt32(truncatingIfNeeded: pair))] += column.steps[age]
                    }
                }
            }
        }
        return sum
    }

    /// The latest nodes at the set bits, added: post-processing.
    func prefix() -> [Int64] {
        var sum = [Int64](repeating: 0, count: plan.itemCount)
        for node in released.vectors { for i in sum.indices { sum[i] = sum[i].saturatingAdd(node[i]) } }
        return sum
    }

    /// Σⱼ dⱼ·y_{t−j}, rounded to whole counts: post-processing.
    func prefix(_ column: SquareRootColumn) -> [Int64] {
        let inverse = column.inverse(released.closed)
        var sum = [Double](repeating: 0, count: plan.itemCount)
        for (row, weight) in zip(released.vectors, inverse.reversed()) {
            for i in sum.indices { sum[i] += weight * Double(row[i]) }
        }
        return sum.map { Int64(exactly: $0.rounded()) ?? ($0 < 0 ? .min : .max) }
    }
}
