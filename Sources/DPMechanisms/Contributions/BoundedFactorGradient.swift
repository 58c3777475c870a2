// SPDX-License-Identifier: Apache-2.0

/// How one user's factor gradient is scaled, so that what is *added* has norm at most C.
///
/// User: s = (S, R), S = a·w·uuᵀ and Rᵢ = a·cᵢ·u, a > 0 the scale; the release moves by L̂(ŝ) = V̂Ŝ + R̂, ŝ the truncation of
/// what Double computes for s: Ŝ to the grid g/g_L, R̂ to the fine grid g, V̂ a multiple of g_L. **Claim: ‖L̂(ŝ)‖ ≤ C.**
/// 1. ‖G‖² = ‖w·V̂u + c‖²·‖u‖², and ‖w·V̂u + c‖² = w²·uᵀV̂ᵀV̂u + 2w·Σ cᵢ(V̂u)ᵢ + Σ cᵢ². V̂ᵀV̂ is exact; the sums, of m = |items| +
///    2·rank + O(1) roundings, are within E = 2·m·2⁻⁵²·(|w|·‖V̂‖_F·‖u‖ + ‖c‖)² of it, as that square bounds the sum of the
///    terms' absolute values (Cauchy–Schwarz). E is added: n ≥ ‖G‖·(1 − (rank + 8)·2⁻⁵³) *even where the parts cancel*.
/// 2. a ≤ C(1 − η)/n, so ‖L̂(s)‖ = a·‖G‖ ≤ C(1 − η)(1 + (rank + 8)·2⁻⁵²).
/// 3. a also keeps ‖V̂‖₂·‖S‖_F and ‖R‖_F at most B·C, B = 16: it bounds every entry (2⁴⁵ steps), and the roundings of s, at
///    most 32 ulp an entry, move L̂(s) by at most 32·2⁻⁵³·2B·C.
/// 4. Truncation: ‖S − Ŝ‖_F ≤ rank·g/g_L, ‖R − R̂‖_F ≤ √(items·rank)·g; through L̂ at most (‖V̂/g_L‖₂·rank + √(items·rank))·g.
/// Hence η = (‖V̂/g_L‖₂·rank + √(items·rank))·g/C·(1 + 2⁻¹⁰) + (rank + 64)·2⁻⁴³ does it. □
/// What is not finite, or so small or large (beyond 2^±200 in norm) that Double could not do this, counts as zero.
struct BoundedFactorGradient {
    /// B.
    private static let partBound = 16.0
    /// The most steps that one user adds to an entry of Ŝ or R̂ (3.).
    static let stepsPerUser: UInt64 = 1 << 45

    private let image: QuantisedFactors
    private let granularity: Double
    /// w·g_L: the weight in units of V̂'s integers.
    private let weight: Double
    private let normalise: Bool
    private let clippingNorm: Double
    /// C(1 − η).
    let target: Double

    init(_ gradient: FactorGradient, image: QuantisedFactors, grid: FineGrid) throws(DoorError) {
        self.image = image
        (granularity, clippingNorm, normalise) = (grid.granularity, grid.clippingNorm, gradient.normalise)
        weight = gradient.denseWeight * image.granularity
        guard abs(weight) <= 0x1p400 else { throw .unusableFactors("the dense weight is not finite, or too large") }
        let eta = Self.eta(norm: image.norm, items: image.items, rank: image.rank, grid: grid)
        guard eta < 0.5 else { throw Self.tooCoarse }
        target = clippingNorm * (1 - eta)
    }

    private static let tooCoarse = DoorError.unusableFactors(
        "with so many items and ranks the grid is too coarse for the clipping norm")

    /// η of 4., `norm` being at least ‖V̂/g_L‖₂.
    private static func eta(norm: Double, items: Int, rank: Int, grid: FineGrid) -> Double {
        let truncation = norm * Double(rank) + (Double(items) * Double(rank)).squareRoot()
        return truncation * grid.granularity / grid.clippingNorm * (1 + 0x1p-10) + Double(rank + 64) * 0x1p-43
    }

    /// Whether the door could bound users' gradients whatever V is, by public numbers alone: to be asked before a step is
    /// paid for. V̂'s integers are at most 2^bits, so ‖V̂/g_L‖₂ ≤ ‖V̂/g_L‖_F ≤ 2^bits·√(items·rank).
    /// - Throws: `.unusableFactors`.
    static func check(items: Int, rank: Int, grid: FineGrid) throws(DoorError) {
        try QuantisedFactors.check(items: items, rank: rank)
        let norm = Double(1 << QuantisedFactors.bits(items: items)) * (Double(items) * Double(rank)).squareRoot()
        // What is computed of V later is up to 2⁻⁴⁰ larger than the norm that it is of.
        guard eta(norm: norm * (1 + 0x1p-30), items: items, rank: rank, grid: grid) < 0.5 else { throw tooCoarse }
    }

    /// Adds ŝ of one user.
    /// - Parameters:
    ///   - items: Private. Ascending, unique, below the catalogue's count.
    ///   - user: Private. u and c before bounding.
    ///   - statistic: ΣŜ in steps of g/g_L. Shape `[rank × rank]`.
    ///   - rows: ΣR̂ in steps of g. Shape `[items × rank]`.
    func add(_ user: UserGradient, of items: Span<UInt32>, statistic: inout ExactSum, rows: inout ExactSum) {
        let (u, c) = (user.factor, user.coefficients)
        guard u.count == image.rank, c.count == items.count else { return }
        let (uu, cc) = (sumOfSquares(u.span), sumOfSquares(c.span))
        guard uu >= 0x1p-400, uu <= 0x1p400, cc <= 0x1p400 else { return }
        guard let scale = scale(u.span, c.span, items, uu, cc) else { return }
        let length = uu.squareRoot()
        let unit = u.map { $0 / length }  // each at most 1 + 2⁻⁵⁰
        let dense = scale * (weight * uu) / granularity
        if image.norm > 0, weight != 0 {
            statistic.add { sum in addOuterProduct(dense, unit.span, to: &sum) }
        }
        rows.add { sum in
            for index in items.indices {
                let row = scale * (c[index] * length) / granularity
                let start = Int(items[index]) * image.rank
                for j in 0..<image.rank { sum[start + j] += Int64(row * unit[j]) }
            }
        }
    }

    /// a, or nil where there is nothing that could be scaled.
    private func scale(
        _ u: Span<Double>, _ c: Span<Double>, _ items: Span<UInt32>, _ uu: Double, _ cc: Double
    ) -> Double? {
        var cross = 0.0
        for index in items.indices { cross += c[index] * image.product(row: Int(items[index]), u) }
        let rowNormSquared = weight * weight * image.quadraticForm(u) + 2 * weight * cross + cc
        let parts = abs(weight) * image.frobeniusNorm * uu.squareRoot() + cc.squareRoot()
        let error = Double(items.count + 2 * image.rank + 16) * 0x1p-51 * parts * parts
        let normSquared = (rowNormSquared + error) * uu
        guard normSquared >= 0x1p-400, normSquared <= 0x1p400 else { return nil }
        let clipped = target / normSquared.squareRoot()
        let bound = Self.partBound * clippingNorm
        return min(
            normalise ? clipped : min(1, clipped), bound / (cc * uu).squareRoot(),
            bound / (abs(weight) * uu * image.norm))
    }

    private func addOuterProduct(_ factor: Double, _ unit: Span<Double>, to sum: inout MutableSpan<Int64>) {
        for j in 0..<image.rank {
            let row = factor * unit[j]
            for k in 0..<image.rank { sum[j * image.rank + k] += Int64(row * unit[k]) }
        }
    }

    private func sumOfSquares(_ x: Span<Double>) -> Double {
        var sum = 0.0
        for j in x.indices { sum += x[j] * x[j] }
        return sum
    }
}
