// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra
import TestSupport
import Testing

struct ProductsTests {
    /// Small integers: every product and sum below is exact in Float, so results are compared with ==.
    private func matrix<E: BLASElement>(_ rows: Int, _ columns: Int, seed: UInt64, _: E.Type) -> Matrix<E> {
        var generator = SeededGenerator(seed: seed)
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in E(Int.random(in: -8...8, using: &generator)) })
    }

    private func naive<E: BLASElement>(_ a: Matrix<E>, _ b: Matrix<E>) -> Matrix<E> {
        var c = Matrix<E>(rows: a.rows, columns: b.columns)
        for i in 0..<a.rows {
            for j in 0..<b.columns { for l in 0..<a.columns { c[i, j] += a[i, l] * b[l, j] } }
        }
        return c
    }

    private func checkProducts<E: BLASElement>(_: E.Type) {
        for (m, k, n) in [(1, 1, 1), (3, 5, 2), (7, 4, 9), (2, 0, 3), (0, 2, 2)] {
            let (a, b) = (matrix(m, k, seed: 1, E.self), matrix(k, n, seed: 2, E.self))
            let expected = naive(a, b)
            #expect(gemm(a, b) == expected)
            #expect(gemm(a.transposed, transposeA: true, b) == expected)
            #expect(gemm(a, b.transposed, transposeB: true) == expected)
            #expect(gemm(a.transposed, transposeA: true, b.transposed, transposeB: true) == expected)
            #expect(gram(a) == naive(a.transposed, a))
            let x = matrix(k, 1, seed: 3, E.self)
            #expect(gemv(a, x.elements) == naive(a, x).elements)
            #expect(gemv(a.transposed, transposed: true, x.elements) == naive(a, x).elements)
        }
    }

    @Test func productsAgreeWithTheDefinitionInBothPrecisions() {
        checkProducts(Float.self)
        checkProducts(Double.self)
    }

    @Test func dotAndAddProductWorkOnRows() {
        var a = Matrix<Double>(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6])
        // 1·4 + 2·5 + 3·6 = 32
        #expect(a.withRow(0) { x in a.withRow(1) { dot(x, $0) } } == 32)
        let x = a.row(0)
        a.withMutableRow(1) { addProduct(-2, x.span, to: &$0) }
        #expect(a.elements == [1, 2, 3, 2, 1, 0])
        #expect(dot([Float]().span, [Float]().span) == 0)
    }

    @Test func accumulatesIntoWhatIsThere() {
        var c = Matrix<Double>(rows: 1, columns: 1, elements: [10])
        let two = Matrix<Double>(rows: 1, columns: 1, elements: [2])
        gemm(two, two, into: &c, alpha: 3, beta: 0.5)
        #expect(c[0, 0] == 17)  // 3·2·2 + 10/2
    }
}
