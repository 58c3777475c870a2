// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinearAlgebra

/// Where the training of item factors begins: from the released popularity and public constants alone.
///
/// Column 0 follows popularity, so that the first step already explains away what everybody likes; the other columns are
/// scattered, larger for popular items. The scatter is a fixed table of numbers, the same in every run and no secret:
/// it breaks the symmetry between columns and protects nobody.
enum InitialFactors {
    /// V₀ with V₀[i, 0] = q̂ᵢ/2 and V₀[i, j] = s·√q̂ᵢ·zᵢⱼ, where q̂ = popularity over its root mean square.
    /// - Parameter popularity: p ≥ 0. Shape `[items]`. All zero counts as all alike.
    static func factors(popularity: [Float], rank: Int, scale: Double) -> Matrix<Double> {
        let sumOfSquares = popularity.reduce(0) { $0 + Double($1) * Double($1) }
        let mean = (sumOfSquares / Double(max(popularity.count, 1))).squareRoot()
        var elements: [Double] = []
        elements.reserveCapacity(popularity.count * rank)
        for (item, value) in popularity.enumerated() {
            let relative = mean > 0 ? Double(value) / mean : 1
            elements.append(relative / 2)
            for column in 1..<max(rank, 1) {
                elements.append(scale * relative.squareRoot() * scatter(UInt64(item) << 16 | UInt64(column)))
            }
        }
        return Matrix(rows: popularity.count, columns: rank, elements: elements)
    }

    /// A number that looks standard normal: Box, Muller (1958) on two words that SplitMix64's finaliser makes of `index`.
    static func scatter(_ index: UInt64) -> Double {
        let radius = (-2 * log(unit(2 * index + 1))).squareRoot()
        return radius * cos(2 * Double.pi * unit(2 * index + 2))
    }

    /// In (0, 1].
    private static func unit(_ index: UInt64) -> Double {
        var z = index &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11 + 1) * 0x1p-53
    }
}
