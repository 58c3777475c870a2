// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra
import TestSupport
import Testing

struct CholeskySolverTests {
    @Test("solves ridge systems to rounding", arguments: [1, 2, 16, 33])
    func solvesRidgeSystems(order: Int) throws {
        var generator = SeededGenerator(seed: UInt64(order))
        let b = Matrix<Double>(
            rows: order + 3, columns: order,
            elements: (0..<(order + 3) * order).map { _ in Double.random(in: -1...1, using: &generator) })
        var a = gram(b)
        for i in 0..<order { a[i, i] += 1 }
        let truth = (0..<order).map { Double($0) - 2 }
        let x = try #require(solve(spd: a, rhs: gemv(a, truth)))
        // Condition number below 1 + 36·33 ≈ 1200; 1e-16 · 1200 · 33 · |x| stays below 1e-9.
        for i in 0..<order { #expect(abs(x[i] - truth[i]) < 1e-9) }
    }

    @Test func refusesWhatIsNotPositiveDefinite() {
        #expect(solve(spd: Matrix(rows: 2, columns: 2, elements: [1, 2, 2, 1]), rhs: [1, 1]) == nil)
        #expect(solve(spd: Matrix(rows: 1, columns: 1, elements: [.nan]), rhs: [1]) == nil)
        #expect(solve(spd: Matrix(rows: 0, columns: 0), rhs: []) == [])
    }

    @Test func readsTheLowerTriangleOnly() {
        let full = Matrix<Double>(rows: 2, columns: 2, elements: [4, 2, 2, 3])
        let lower = Matrix<Double>(rows: 2, columns: 2, elements: [4, 99, 2, 3])
        #expect(solve(spd: full, rhs: [8, 7]) == solve(spd: lower, rhs: [8, 7]))
    }

    @Test("the inverse times the matrix is the identity, and both its triangles are there", arguments: [1, 2, 16, 33])
    func inverts(order: Int) throws {
        var generator = SeededGenerator(seed: UInt64(order))
        let b = Matrix<Double>(
            rows: order + 3, columns: order,
            elements: (0..<(order + 3) * order).map { _ in Double.random(in: -1...1, using: &generator) })
        var a = gram(b)
        for i in 0..<order { a[i, i] += 1 }
        let product = gemm(a, try #require(inverse(spd: a)))
        // Condition number as above: 1e-16 · 1200 · 33 stays below 1e-9.
        for i in 0..<order { for j in 0..<order { #expect(abs(product[i, j] - (i == j ? 1 : 0)) < 1e-9) } }
        let lower = Matrix<Double>(rows: 2, columns: 2, elements: [4, 99, 2, 3])
        #expect(inverse(spd: lower)?.elements.map { ($0 * 8).rounded() } == [3, -2, -2, 4])
    }

    @Test func hasNoInverseOfWhatIsNotPositiveDefinite() {
        #expect(inverse(spd: Matrix(rows: 2, columns: 2, elements: [1, 2, 2, 1])) == nil)
        #expect(inverse(spd: Matrix(rows: 1, columns: 1, elements: [.nan])) == nil)
        #expect(inverse(spd: Matrix(rows: 0, columns: 0)) == Matrix(rows: 0, columns: 0))
    }
}
