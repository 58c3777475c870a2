// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import LinearAlgebra

struct DecompositionTests {
    private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Double> {
        var words = SeededGenerator(seed: seed)
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in Double(Int64(bitPattern: words.next()) >> 11) * 0x1p-52 })
    }

    @Test("eigenvectors are orthonormal, and A maps each to its multiple", arguments: [1, 2, 5, 40])
    func eigenvectors(order: Int) throws {
        let half = random(order, order, seed: 3)
        var a = half
        for i in 0..<order { for j in 0..<order { a[i, j] = half[i, j] + half[j, i] } }
        for count in Set([0, 1, order / 2, order, order + 3]) {
            let eigen = try #require(SymmetricEigen(a, greatest: count))
            #expect(eigen.values.count == min(count, order))
            #expect(eigen.values == eigen.values.sorted(by: >))
            for (index, value) in eigen.values.enumerated() {
                let vector = eigen.vectors.row(index)
                // Backward stable: a few ulp times the norm (below 40) times the order.
                for (image, own) in zip(gemv(a, vector), vector) { #expect(abs(image - value * own) < 1e-11) }
                for other in 0...index {
                    let product = dot(vector.span, eigen.vectors.row(other).span)
                    #expect(abs(product - (other == index ? 1 : 0)) < 1e-12)
                }
            }
        }
        // All of them add up to the trace.
        let all = try #require(SymmetricEigen(a, greatest: order)).values.reduce(0, +)
        #expect(abs(all - (0..<order).reduce(0) { $0 + a[$1, $1] }) < 1e-11)
    }

    @Test("U is orthonormal and UᵀA has rows of the lengths S", arguments: [(1, 1), (7, 3), (3, 7), (300, 20), (4, 0)])
    func singularValues(rows: Int, columns: Int) throws {
        let a = random(rows, columns, seed: 9)
        let svd = try #require(SingularValues(a))
        #expect(svd.values.count == min(rows, columns) && svd.values == svd.values.sorted(by: >))
        let identity = gram(svd.left)
        for i in 0..<identity.rows {
            for j in 0..<identity.rows { #expect(abs(identity[i, j] - (i == j ? 1 : 0)) < 1e-12) }
        }
        let turned = gemm(svd.left, transposeA: true, a)
        for (row, value) in svd.values.enumerated() {
            let length = turned.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(length - value) < 1e-11)
        }
    }

    @Test("tall matrices too, whether their columns are nearly alike or not", arguments: [1, 1e-3, 1e-6, 0])
    func tallMatrices(part: Double) throws {
        var a = random(2000, 6, seed: 5)
        for row in 0..<a.rows { a[row, 5] = a[row, 4] + part * a[row, 5] }
        let svd = try #require(SingularValues(a))
        let identity = gram(svd.left)
        // Rounding times κ², κ at most 10⁴ where the Gramian is used.
        for i in 0..<6 { for j in 0..<6 { #expect(abs(identity[i, j] - (i == j ? 1 : 0)) < 1e-7) } }
        let turned = gemm(svd.left, transposeA: true, a)
        for (row, value) in svd.values.enumerated() {
            let length = turned.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(length - value) < 1e-7 * svd.values[0])
        }
    }

    @Test func whatIsNotFiniteHasNoDecomposition() {
        for bad in [Double.nan, .infinity] {
            let a = Matrix<Double>(rows: 2, columns: 2, elements: [1, bad, bad, 1])
            #expect(SymmetricEigen(a, greatest: 1) == nil)
            #expect(SingularValues(a) == nil)
        }
    }
}
