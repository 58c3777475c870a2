// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions
public import LinearAlgebra

/// Σ yyᵀ/‖y‖² over users, y = Wᵀx: what users' tastes look like in the space of public features.
///
/// Released as its upper triangle, row after row, the elements off the diagonal times √2: so the Euclidean norm is the
/// Frobenius norm, and equal noise on all coordinates is the Gaussian mechanism for it (`Release.symmetricMatrix`).
public struct FeatureGram: Sendable {
    /// W. Public. Shape `[items × n]`.
    public let basis: Matrix<Double>
    /// At most so many items of a user are looked at, a random subset of the user's own; 2¹⁶ at most.
    public let maxItemsPerUser: Int

    public init(basis: Matrix<Double>, maxItemsPerUser: Int) {
        (self.basis, self.maxItemsPerUser) = (basis, MostItems.clamped(maxItemsPerUser))
    }

    /// n.
    public var order: Int { basis.columns }
}

extension FeatureGram {
    /// The most columns of W.
    static let mostColumns = 2048

    /// The sum in steps of the grid; each user adds a vector of norm at most min(1, C).
    ///
    /// y is what Double makes of Wᵀx: some function of the user's own items, whatever its rounding. What is added is the
    /// truncation of c(1 − 2⁻²⁰)·yᵢyⱼ/‖y‖² (times √2 off the diagonal), c = min(1, C), from that very y. In real numbers its
    /// norm is c(1 − 2⁻²⁰) exactly; ‖y‖² is a sum of n ≤ 2048 squares, within 2⁻⁴¹, each product within 2⁻⁴⁹, and
    /// truncation toward zero only shortens. So the norm is at most c(1 − 2⁻²⁰)(1 + 2⁻⁴⁰) < c. □
    /// ‖y‖² below 10⁻²⁰⁰ or not finite counts as a contribution of zero.
    func sum<Words: WordSource & ~Copyable>(
        over cohort: Cohort, _ event: GaussianSumEvent, grid: FineGrid, maxUsers: Int, using words: inout Words
    ) throws(DoorError) -> ExactSum {
        guard basis.rows == cohort.itemCount, order <= Self.mostColumns, basis.elements.allSatisfy(\.isFinite) else {
            throw .unusableFactors("the basis is of another catalogue, has over 2048 columns or is not finite")
        }
        let unit = min(1, event.clippingNorm) / grid.granularity * (1 - 0x1p-20)
        var sum = ExactSum(count: order * (order + 1) / 2, perUser: 1 << 41, maxUsers: maxUsers)
        let sampler = PoissonSampler(samplingProbability: event.samplingProbability)
        var y = [Double](repeating: 0, count: order)
        for index in 0..<cohort.count where sampler.includes(using: &words) && !cohort.isWithdrawn(index) {
            cohort.withItems(of: index, most: maxItemsPerUser, using: &words) { items in
                basis.addRows(items, into: &y)
                let squared = y.reduce(0) { $0 + $1 * $1 }
                guard squared >= 1e-200, squared.isFinite else { return }
                sum.add { sum in Self.add(y.span, scale: unit / squared, to: &sum) }
            }
        }
        return sum
    }

    @inline(__always)
    private static func add(_ y: Span<Double>, scale: Double, to sum: inout MutableSpan<Int64>) {
        let rootTwo = 2.0.squareRoot()
        var place = 0
        for i in y.indices {
            let row = scale * y[i]
            sum[place] &+= Int64(row * y[i])
            let offDiagonal = row * rootTwo
            for j in i + 1..<max(y.count, i + 1) { sum[place + j - i] &+= Int64(offDiagonal * y[j]) }
            place += y.count - i
        }
    }
}

extension Matrix<Double> {
    /// result ← Σ of these rows. Shape `[columns]`.
    @inline(__always)
    func addRows(_ rows: Span<UInt32>, into result: inout [Double]) {
        for j in result.indices { result[j] = 0 }
        var sum = result.mutableSpan
        let all = elements.span
        for index in rows.indices {
            let start = Int(rows[index]) * columns
            let row = all.extracting(start..<start + columns)
            for j in row.indices { sum[j] += row[j] }
        }
    }
}
