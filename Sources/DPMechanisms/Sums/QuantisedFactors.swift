// SPDX-License-Identifier: Apache-2.0

internal import LinearAlgebra

/// V̂: the public matrix V rounded to a public grid, with what the bounding of users needs to know of it.
///
/// V̂ = 2^exponent · integers of at most `bits` bits, so that its Gramian is exact in Double: items·2^(2·bits) ≤ 2⁵².
struct QuantisedFactors {
    let items: Int
    let rank: Int
    /// The integers, row after row. Shape `[items × rank]`.
    let steps: [Int32]
    /// The grid of V̂ is 2^exponent.
    let exponent: Int
    /// The Gramian of the integers, exact. Shape `[rank × rank]`.
    let gramian: [Double]
    /// At least ‖integers‖₂, since ‖A‖₂⁴ = ‖AᵀA‖₂² ≤ ‖AᵀA‖²_F; the sum of rank² squares rounds by less than 2⁻⁴⁰.
    let norm: Double
    /// At least ‖integers‖_F.
    let frobeniusNorm: Double

    init(_ factors: Matrix<Double>) throws(DoorError) {
        (items, rank) = (factors.rows, factors.columns)
        let largest = factors.elements.reduce(0) { max($0, $1.isFinite ? abs($1) : .infinity) }
        guard largest == 0 || (largest >= 0x1p-200 && largest <= 0x1p200) else {
            throw .unusableFactors("an element is not finite or not between 2⁻²⁰⁰ and 2²⁰⁰")
        }
        try Self.check(items: items, rank: rank)
        let bits = Self.bits(items: items)
        let exponent = largest == 0 ? 0 : Int(largest.exponent) + 1 - bits
        let scale = Double(sign: .plus, exponent: -exponent, significand: 1)
        let integers = factors.elements.map { ($0 * scale).rounded() }
        self.exponent = exponent
        steps = integers.map { Int32($0) }
        gramian = gram(Matrix(rows: items, columns: rank, elements: integers)).elements
        norm = gramian.reduce(0) { $0 + $1 * $1 }.squareRoot().squareRoot() * (1 + 0x1p-40)
        frobeniusNorm =
            (0..<rank).reduce(0) { [gramian, rank] in $0 + gramian[$1 * rank + $1] }.squareRoot() * (1 + 0x1p-40)
    }

    /// How many bits the integers have: items·2^(2·bits) ≤ 2⁵².
    static func bits(items: Int) -> Int { min(16, (52 - (Int.bitWidth - max(items, 1).leadingZeroBitCount)) / 2) }

    static func check(items: Int, rank: Int) throws(DoorError) {
        guard rank >= 1, rank <= 1 << 12, items < 1 << 31 else {
            throw .unusableFactors("the rank is not between 1 and 4096, or there are more than 2³¹ items")
        }
    }

    /// 2^exponent.
    var granularity: Double { Double(sign: .plus, exponent: exponent, significand: 1) }

    /// ⟨row of the integers, u⟩.
    @inline(__always)
    func product(row: Int, _ u: Span<Double>) -> Double {
        let row = steps.span.extracting(row * rank..<(row + 1) * rank)
        var sum = 0.0
        for j in u.indices { sum += Double(row[j]) * u[j] }
        return sum
    }

    /// uᵀ·Gramian·u.
    func quadraticForm(_ u: Span<Double>) -> Double {
        var sum = 0.0
        for j in 0..<rank {
            let row = gramian.span.extracting(j * rank..<(j + 1) * rank)
            var inner = 0.0
            for k in 0..<rank { inner += row[k] * u[k] }
            sum += u[j] * inner
        }
        return sum
    }
}
