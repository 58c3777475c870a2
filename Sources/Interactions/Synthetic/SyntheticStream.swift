// SPDX-License-Identifier: Apache-2.0

/// Repeatable words from a seed, for synthetic data only: SplitMix64.
///
/// On purpose no `RandomNumberGenerator`, nor anything else that the door accepts: a seed must never reach a release.
/// Only integer arithmetic and IEEE divisions follow from it, so that a seed gives the same data on every machine.
/// - SeeAlso: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
struct SyntheticStream: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func word() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In [0, 1), a multiple of 2⁻⁵³.
    mutating func fraction() -> Double { Double(word() >> 11) * 0x1p-53 }

    /// In 0 ..< count; the bias, below count · 2⁻⁶⁴, is no matter here.
    mutating func index(below count: Int) -> Int { Int(word().multipliedFullWidth(by: UInt64(count)).high) }

    mutating func chance(_ probability: Double) -> Bool { fraction() < probability }
}

/// Draws positions with given weights.
struct WeightedDraw: Sendable {
    /// Sums of the weights up to and with each position.
    private let sums: [Double]

    /// - Parameter weights: positive, at least one.
    init(_ weights: [Double]) {
        var sum = 0.0
        sums = weights.map { weight in
            sum += weight
            return sum
        }
    }

    /// Zipf's law: weight 1 / (rank + offset), rank from 1.
    static func zipf(count: Int, offset: Double) -> WeightedDraw {
        WeightedDraw((1...max(1, count)).map { 1 / (Double($0) + offset) })
    }

    func position(_ stream: inout SyntheticStream) -> Int {
        let target = stream.fraction() * (sums.last ?? 0)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > target { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
