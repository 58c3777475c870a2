// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions
internal import LinearAlgebra

extension FactorGradient {
    /// Σ L̂(ŝ) over the sampled users, exact, in steps of the fine grid. Shape `[items × rank]`.
    ///
    /// V̂·ΣŜ + ΣR̂ = Σ(V̂Ŝ + R̂) in integers, whatever the order of users; each summand has norm at most C
    /// (`BoundedFactorGradient`), so a user more or less moves the sum by at most C.
    func sum<Words: WordSource & ~Copyable>(
        over cohort: Cohort, _ event: GaussianSumEvent, grid: FineGrid, maxUsers: Int, using words: inout Words
    ) throws(DoorError) -> ExactSum {
        guard itemFactors.rows == cohort.itemCount else {
            throw .unusableFactors("they are of another catalogue: \(itemFactors.rows) rows, \(cohort.itemCount) items")
        }
        let image = try QuantisedFactors(itemFactors)
        let bounded = try BoundedFactorGradient(self, image: image, grid: grid)
        let perUser = BoundedFactorGradient.stepsPerUser
        var statistic = ExactSum(count: rank * rank, perUser: perUser, maxUsers: maxUsers)
        var rows = ExactSum(count: image.items * rank, perUser: perUser, maxUsers: maxUsers)
        let sampler = PoissonSampler(samplingProbability: event.samplingProbability)
        for index in 0..<cohort.count where sampler.includes(using: &words) && !cohort.isWithdrawn(index) {
            cohort.withColumns(of: index) { items, values, times in
                var own = UserGradient(rank: rank, itemCount: items.count)
                user(items, values, times, &own)
                bounded.add(own, of: items, statistic: &statistic, rows: &rows)
            }
        }
        image.addProduct(with: statistic, to: &rows)
        return rows
    }
}

extension QuantisedFactors {
    /// sum += V̂·S in integers. Shapes: S `[rank × rank]`, sum `[items × rank]`.
    ///
    /// In Int64 where |S| · 2¹⁶ · rank < 2⁶² says that no partial sum can overflow, else in Int128: at most 2¹⁰⁸ (S, 2⁴⁵ a
    /// user and fewer than 2⁶³ users) · 2¹⁶ is below 2¹²⁷ for rank 4; ranks to 2¹² hold for 2⁵³ users.
    func addProduct(with s: ExactSum, to sum: inout ExactSum) {
        let statistic = (0..<rank * rank).map { s.value(at: $0) }
        let largest = statistic.reduce(UInt128(0)) { max($0, $1.magnitude) }
        if largest < UInt128(1 << 46) / UInt128(rank) {
            let narrow = statistic.map { Int64($0) }
            sum.addBelow2To62 { span in addNarrowProduct(with: narrow.span, to: &span) }
        } else {
            sum.add(wide: { index in
                let (item, j) = (index / rank, index % rank)
                return (0..<rank).reduce(Int128(0)) { $0 + Int128(steps[item * rank + $1]) * statistic[$1 * rank + j] }
            })
        }
    }

    private func addNarrowProduct(with s: Span<Int64>, to sum: inout MutableSpan<Int64>) {
        for item in 0..<items {
            let start = item * rank
            for k in 0..<rank {
                let v = Int64(steps[start + k])
                for j in 0..<rank { sum[start + j] &+= v &* s[k * rank + j] }
            }
        }
    }
}
