// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// The direction q of the released popularity; what is learned beyond it is orthogonal to it.
struct PopularityDirection: Sendable {
    /// p, floored at 0, over its maximum; all 1 where nothing is positive. Shape `[items]`.
    let relative: [Double]
    /// q = p/‖p‖; uniform where nothing is positive. Shape `[items]`.
    let q: [Double]

    /// - Parameter released: Noisy sums; shape `[items]`.
    init(_ released: [Double]) {
        let most = released.max() ?? 0
        relative = most > 0 ? released.map { max($0, 0) / most } : released.map { _ in 1 }
        q = Self.unit(relative)
    }

    /// Over its length.
    static func unit(_ vector: [Double]) -> [Double] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }

    /// (I − qqᵀ)A.
    func without(_ a: Matrix<Double>) -> Matrix<Double> {
        if a.columns == 0 { return a }
        let along = gemv(a, transposed: true, q)
        var result = a
        result.withMutableElements { elements in
            for row in 0..<a.rows {
                for j in 0..<a.columns { elements[row * a.columns + j] -= q[row] * along[j] }
            }
        }
        return result
    }

    /// The `count` items of greatest popularity, of equals the earlier, ascending by position.
    func head(_ count: Int) -> [UInt32] {
        let order = relative.indices.sorted { (relative[$1], $0) < (relative[$0], $1) }
        return order.prefix(count).map { UInt32($0) }.sorted()
    }
}
