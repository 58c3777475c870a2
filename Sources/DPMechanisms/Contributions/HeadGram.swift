// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions

/// Σ yyᵀ/‖y‖² over users, y = P̂x: x the user's items among a public list, less their part along q̂ where there is one.
///
/// Released like `FeatureGram`: the upper triangle, the elements off the diagonal times √2.
public struct HeadGram: Sendable {
    /// Which items, ascending. Public: from an earlier release.
    public let items: [UInt32]
    /// q, of length 1, in the order of `items`. Public. nil: nothing is taken off, y = x.
    public let direction: [Double]?
    /// At most so many items of a user are looked at, a random subset of the user's own; 2¹⁶ at most.
    public let maxItemsPerUser: Int

    public init(items: [UInt32], direction: [Double]?, maxItemsPerUser: Int) {
        (self.items, self.direction) = (items, direction)
        self.maxItemsPerUser = MostItems.clamped(maxItemsPerUser)
    }

    /// How many items.
    public var order: Int { items.count }
}

/// **Claim.** A user moves the exact result by at most min(1, C) = c.
///
/// 1. A user with n² = ‖P̂x‖² adds the integer ŵ = ⌊c(1 − 2⁻²⁰)/(g·n²)⌋ to each element of S in the square of the own items:
///    ŵ·xxᵀ, exactly. Its image P̂(ŵ·xxᵀ)P̂ = ŵ·(P̂x)(P̂x)ᵀ has Frobenius norm ŵ·n² steps. n² is known to 2⁻³⁷
///    (`UnitDirection`), so that is at most c(1 − 2⁻²⁰)(1 + 2⁻³⁶)/g. (ŵ is also held below 64/k of that: users nearly
///    along q̂ count for less than 1, so that ŵ < 2⁴⁷ fits.) Where n² ≤ 10⁻⁴·k nothing is added.
/// 2. P̂SP̂ = S − q̂tᵀ − tq̂ᵀ, v = Sq̂, t = v − ½(q̂ᵀv)·q̂, in integers: v in units of 2⁻⁸g, floors elsewhere. Whatever S is, the
///    result is within 2H·g of the exact image in Frobenius norm, H items: v is within 1 unit an element, q̂ᵀv within H + 2√H, t
///    within 2 + |q̂ᵢ|H, an element within 2 + |q̂ᵢ|(2 + |q̂ⱼ|H) + |q̂ⱼ|(2 + |q̂ᵢ|H) units and one step; together below 1.1·H·g; the
///    multiplication with √2 (rounded down) and its floor add 0.8·H·g.
/// 3. So neighbours' results differ by at most c(1 − 2⁻²⁰)(1 + 2⁻³⁶) + 4H·g, and with H ≤ 2¹³ and g ≤ 2C·2⁻⁴⁰ that is below c
///    for C ≤ 1, and below C always. □
/// Without a direction P̂ = I and n² = k exactly: 1. holds with ŵ·k ≤ c(1 − 2⁻²⁰)(1 + 2⁻⁵²)/g, of 2. only the √2 is left.
extension HeadGram {
    /// The most items: 2¹³.
    static let mostItems = 1 << 13

    func sum<Words: WordSource & ~Copyable>(
        over cohort: Cohort, _ event: GaussianSumEvent, grid: FineGrid, maxUsers: Int, using words: inout Words
    ) throws(DoorError) -> ExactSum {
        guard order <= Self.mostItems, direction.map({ $0.count == order }) ?? true,
            zip(items, items.dropFirst()).allSatisfy({ $0 < $1 }),
            items.last.map({ Int($0) < cohort.itemCount }) ?? true
        else { throw .unusableFactors("the list is not ascending, is of another catalogue, or has over 8192 items") }
        let empty = ExactSum(count: 0, perUser: 1, maxUsers: 1)
        if order == 0 { return empty }
        let q = try direction.map { direction throws(DoorError) in try UnitDirection(direction) }
        var place = [Int32](repeating: -1, count: cohort.itemCount)
        for (index, item) in items.enumerated() { place[Int(item)] = Int32(index) }
        let unit = min(1, event.clippingNorm) / grid.granularity * (1 - 0x1p-20)
        var sum = ExactSum(count: order * (order + 1) / 2, perUser: 1 << 47, maxUsers: maxUsers)
        let sampler = PoissonSampler(samplingProbability: event.samplingProbability)
        var own: [UInt32] = []
        for index in 0..<cohort.count where sampler.includes(using: &words) && !cohort.isWithdrawn(index) {
            cohort.withItems(of: index, most: maxItemsPerUser, using: &words) { items in
                own.removeAll(keepingCapacity: true)
                for i in items.indices where place[Int(items[i])] >= 0 { own.append(UInt32(place[Int(items[i])])) }
                guard let squared = q.map({ $0.remainderSquared(own.span) }) ?? Double(own.count), squared > 0 else {
                    return
                }
                let weight = Int64(min(1 / squared, 64 / Double(own.count)) * unit)
                sum.add { sum in Self.add(weight, own.span, order: order, to: &sum) }
            }
        }
        if let q { return Self.image(of: sum, q, order: order) }
        return Self.packed(order: order) { place, _, _ in sum.value(at: place) }
    }

    /// ŵ on the upper triangle of the square of `own`, ascending.
    @inline(__always)
    private static func add(_ weight: Int64, _ own: Span<UInt32>, order: Int, to sum: inout MutableSpan<Int64>) {
        for a in own.indices {
            let start = rowStart(Int(own[a]), order)
            for b in a..<own.count { sum[start + Int(own[b])] &+= weight }
        }
    }

    /// Where row i of the packed upper triangle would have its column 0: element (i, j ≥ i) lies j further on.
    @inline(__always)
    private static func rowStart(_ i: Int, _ order: Int) -> Int { i * order - i * (i + 1) / 2 }

    /// The packed upper triangle of P̂SP̂, off the diagonal times √2; see 2.
    private static func image(of s: ExactSum, _ q: UnitDirection, order: Int) -> ExactSum {
        // An element of S is below 2⁴⁷ times the users, so v, at 2⁴⁰·√H times that, is below 2¹²⁷ for 2³³ users.
        var v = [Int128](repeating: 0, count: order)
        for i in 0..<order {
            let start = rowStart(i, order)
            v[i] &+= s.value(at: start + i) &* Int128(q.steps[i])
            for j in i + 1..<max(order, i + 1) {
                let element = s.value(at: start + j)
                if element == 0 { continue }
                v[i] &+= element &* Int128(q.steps[j])
                v[j] &+= element &* Int128(q.steps[i])
            }
        }
        var t = v.map { $0 >> 32 }
        let along = (0..<order).reduce(Int128(0)) { $0 + UnitDirection.scaled(t[$1], by: q.steps[$1]) }
        for i in 0..<order { t[i] -= UnitDirection.scaled(along, by: q.steps[i]) >> 1 }
        return packed(order: order) { place, i, j in
            let part = UnitDirection.scaled(t[j], by: q.steps[i]) + UnitDirection.scaled(t[i], by: q.steps[j])
            return s.value(at: place) - (part >> 8)
        }
    }

    /// The packed upper triangle of the matrix of these elements, off the diagonal times √2 and rounded down.
    private static func packed(order: Int, _ element: (_ place: Int, _ i: Int, _ j: Int) -> Int128) -> ExactSum {
        var image = ExactSum(count: order * (order + 1) / 2, perUser: 1, maxUsers: 1)
        var elements = [Int128](repeating: 0, count: image.count)
        for i in 0..<order {
            for j in i..<order {
                let place = rowStart(i, order) + j
                let value = element(place, i, j)
                elements[place] = i == j ? value : UnitDirection.scaled(value, by: rootTwo)
            }
        }
        image.add(wide: { elements[$0] })
        return image
    }

    /// ⌊√2·2⁴⁰⌋.
    private static let rootTwo = Int64(1_554_944_255_987)
}
