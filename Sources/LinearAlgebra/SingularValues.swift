// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// The thin singular value decomposition A = U·diag(S)·Vᵀ of a matrix with at least as many rows as columns, or not.
public struct SingularValues: Sendable {
    /// U, orthonormal columns. Shape `[rows × m]`, m the smaller side.
    public let left: Matrix<Double>
    /// S, descending. Shape `[m]`.
    public let values: [Double]

    /// From the Gramian where that is accurate: A = [tall], all S above 10⁻⁴ of the first, so that U is orthonormal to
    /// κ²·2⁻⁵² < 10⁻⁷; ten times as fast as a reduction of A by single reflectors. Else by LAPACK, to rounding.
    /// - Returns: Nil where LAPACK does not converge, or `a` is not finite.
    /// - SeeAlso: LAPACK `dgesdd` (Gu, Eisenstat 1995); a row-major A is its Aᵀ, whose right vectors are our left ones.
    public init?(_ a: Matrix<Double>) {
        let smaller = min(a.rows, a.columns)
        guard a.elements.allSatisfy(\.isFinite) else { return nil }
        guard smaller > 0 else {
            (left, values) = (Matrix(rows: a.rows, columns: 0), [])
            return
        }
        if a.rows >= 1000, a.rows >= 8 * a.columns, let (left, values) = Self.fromGramian(a) {
            (self.left, self.values) = (left, values)
            return
        }
        _ = OneThread.isSet
        var matrix = a.elements
        var values = [Double](repeating: 0, count: smaller)
        var right = [Double](repeating: 0, count: a.columns * smaller)
        var left = [Double](repeating: 0, count: a.rows * smaller)
        var integers = [Int32](repeating: 0, count: 8 * smaller)
        var job = CChar(UInt8(ascii: "S"))
        var (m, n, k, info) = (Int32(a.columns), Int32(a.rows), Int32(smaller), Int32(0))
        var work = [0.0]
        var size = Int32(-1)
        for _ in 0..<2 {
            // SAFETY: the arrays have the sizes that LAPACK's page asks for; the first call only writes the size of `work`. All
            // are exclusive for the call.
            unsafe dgesdd_(
                &job, &m, &n, &matrix, &m, &values, &right, &m, &left, &k, &work, &size, &integers, &info)
            guard info == 0 else { return nil }
            if size < 0 {
                work = Array(repeating: 0, count: max(1, Int(work[0])))
                size = Int32(work.count)
            }
        }
        self.values = values
        self.left = Matrix(rows: a.rows, columns: smaller, elements: left)
    }

    /// AᵀA = V·diag(S²)·Vᵀ, U = A·V·diag(1/S); nil where S spans more than four decades.
    private static func fromGramian(_ a: Matrix<Double>) -> (left: Matrix<Double>, values: [Double])? {
        guard let eigen = SymmetricEigen(gram(a), greatest: a.columns), let largest = eigen.values.first,
            let smallest = eigen.values.last, largest.isFinite, largest > 1e-200, smallest > 1e-8 * largest
        else { return nil }
        let values = eigen.values.map { $0.squareRoot() }
        var turn = eigen.vectors
        turn.withMutableElements { elements in
            for row in values.indices {
                for j in row * a.columns..<(row + 1) * a.columns { elements[j] /= values[row] }
            }
        }
        return (gemm(a, turn, transposeB: true), values)
    }
}
