// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions
public import LinearAlgebra

/// Σ w·(P̂x)zᵀ over users: one step of subspace iteration, z = Aᵀx the user's place in the space of A, P̂x the user's items less
/// their part along q̂, w = min(1, √(k/k₀)) / (‖P̂x‖·‖z‖).
///
/// Released row-major, shape `[items × rank]`.
public struct SubspaceStep: Sendable {
    /// A. Public: from earlier releases. Shape `[items × rank]`.
    public let factors: Matrix<Double>
    /// q, of length 1. Public: from an earlier release. Shape `[items]`.
    public let direction: [Double]
    /// k₀: from so many items on a user has the whole weight; fewer say less.
    public let fullWeightItems: Double
    /// At most so many items of a user are looked at, a random subset of the user's own; 2¹⁶ at most.
    public let maxItemsPerUser: Int

    public init(factors: Matrix<Double>, direction: [Double], fullWeightItems: Double, maxItemsPerUser: Int) {
        (self.factors, self.direction, self.fullWeightItems) = (factors, direction, fullWeightItems)
        self.maxItemsPerUser = MostItems.clamped(maxItemsPerUser)
    }

    public var rank: Int { factors.columns }
}

/// **Claim.** A user moves the exact result by at most min(1, C) = c.
///
/// 1. z is what Double makes of Aᵀx. ẑ is the truncation toward zero of c(1 − 2⁻²⁰)·w·z to the grid, a vector of integers, and
///    the user adds it to the row of each own item: ŝ = xẑᵀ, exactly. Its image P̂ŝ = (P̂x)ẑᵀ has norm n·‖ẑ‖, and
///    ‖ẑ‖ ≤ c(1 − 2⁻²⁰)(1 + 2⁻⁴⁰)/(g·n̂): ‖z‖² is a sum of at most 4096 squares of the very z that is scaled, and n̂ is within
///    2⁻³⁷ of n (`UnitDirection`). Where n² ≤ 10⁻⁴·k, or ‖z‖² is below 10⁻²⁰⁰ or not finite, nothing is added; so
///    n̂ > 2⁻⁷ and an element of ẑ is below 2⁴⁷.
/// 2. P̂S = S − q̂·(q̂ᵀS) in integers, in units of 2⁻¹⁶g. Whatever S is, q̂ᵀS is within items·√r units, and the result within
///    (items·√r·2⁻¹⁵ + √(items·r))·g of the exact image; for two neighbours below 2⁻²¹·C with items ≤ 2²⁴, items·r ≤ 2³².
/// 3. So neighbours' results differ by at most c(1 − 2⁻²⁰)(1 + 2⁻³⁶) + 2⁻²¹·C: below c for C ≤ 1, below C always. □
extension SubspaceStep {
    /// The most numbers that are released: 2³².
    static let mostElements = 1 << 32
    static let mostRank = 4096
    static let mostItems = 1 << 24

    func sum<Words: WordSource & ~Copyable>(
        over cohort: Cohort, _ event: GaussianSumEvent, grid: FineGrid, maxUsers: Int, using words: inout Words
    ) throws(DoorError) -> ExactSum {
        guard factors.rows == cohort.itemCount, direction.count == cohort.itemCount else {
            throw .unusableFactors("they are of another catalogue: \(factors.rows) rows, \(cohort.itemCount) items")
        }
        guard rank <= Self.mostRank, factors.rows <= Self.mostItems, factors.elements.count <= Self.mostElements,
            fullWeightItems > 0,
            factors.elements.allSatisfy(\.isFinite)
        else { throw .unusableFactors("an element is not finite, or there are too many") }
        if rank == 0 { return ExactSum(count: 0, perUser: 1, maxUsers: 1) }
        let q = try UnitDirection(direction)
        let unit = min(1, event.clippingNorm) / grid.granularity * (1 - 0x1p-20)
        var sum = ExactSum(count: factors.elements.count, perUser: 1 << 47, maxUsers: maxUsers)
        let sampler = PoissonSampler(samplingProbability: event.samplingProbability)
        var z = [Double](repeating: 0, count: rank)
        var steps = [Int64](repeating: 0, count: rank)
        for index in 0..<cohort.count where sampler.includes(using: &words) && !cohort.isWithdrawn(index) {
            cohort.withItems(of: index, most: maxItemsPerUser, using: &words) { items in
                guard let squared = q.remainderSquared(items) else { return }
                factors.addRows(items, into: &z)
                let length = z.reduce(0) { $0 + $1 * $1 }
                guard length >= 1e-200, length.isFinite else { return }
                let part = min(1, (Double(items.count) / fullWeightItems).squareRoot())
                let scale = unit * part / (squared.squareRoot() * length.squareRoot())
                for j in 0..<rank { steps[j] = Int64(z[j] * scale) }
                sum.add { sum in Self.add(steps.span, to: items, of: &sum) }
            }
        }
        Self.project(&sum, q, rank: rank)
        return sum
    }

    /// The same row to each own item.
    @inline(__always)
    private static func add(_ steps: Span<Int64>, to items: Span<UInt32>, of sum: inout MutableSpan<Int64>) {
        for index in items.indices {
            let start = Int(items[index]) * steps.count
            for j in steps.indices { sum[start + j] &+= steps[j] }
        }
    }

    /// S ← P̂S; see 2.
    private static func project(_ sum: inout ExactSum, _ q: UnitDirection, rank: Int) {
        var along = [Int128](repeating: 0, count: rank)
        for (item, step) in q.steps.enumerated() where step != 0 {
            for j in 0..<rank {
                along[j] += UnitDirection.scaled(sum.value(at: item * rank + j) << 16, by: step)
            }
        }
        sum.add(wide: { index in -(UnitDirection.scaled(along[index % rank], by: q.steps[index / rank]) >> 16) })
    }
}
