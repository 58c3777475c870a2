// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// The greatest eigenvalues of a symmetric matrix, and their eigenvectors.
public struct SymmetricEigen: Sendable {
    /// Descending. Shape `[count]`.
    public let values: [Double]
    /// One eigenvector of length 1 a *row*, in the order of `values`. Shape `[count × order]`.
    public let vectors: Matrix<Double>

    /// - Parameters:
    ///   - a: Symmetric, finite. Only one triangle is read.
    ///   - count: How many, at most all.
    /// - Returns: Nil where LAPACK does not converge, or `a` is not finite.
    /// - SeeAlso: LAPACK `dsyevr` (Dhillon, Parlett 2004).
    public init?(_ a: Matrix<Double>, greatest count: Int) {
        precondition(a.rows == a.columns && count >= 0, "eigenvalues of a matrix [\(a.rows) × \(a.columns)]")
        let order = a.rows
        let wanted = min(count, order)
        guard a.elements.allSatisfy(\.isFinite) else { return nil }
        guard wanted > 0 else {
            (values, vectors) = ([], Matrix(rows: 0, columns: order))
            return
        }
        var found = Self.Call(a.elements, order: order, wanted: wanted)
        guard found.run() else { return nil }
        // Ascending, as LAPACK has them.
        values = Array(found.values.prefix(wanted).reversed())
        var elements: [Double] = []
        elements.reserveCapacity(wanted * order)
        for row in (0..<wanted).reversed() { elements += found.vectors[row * order..<(row + 1) * order] }
        vectors = Matrix(rows: wanted, columns: order, elements: elements)
    }

    /// The arguments of `dsyevr`, in the order of the call.
    private struct Call {
        var matrix: [Double]
        let order: Int
        let wanted: Int
        var values: [Double]
        var vectors: [Double]
        var support: [Int32]

        init(_ matrix: [Double], order: Int, wanted: Int) {
            (self.matrix, self.order, self.wanted) = (matrix, order, wanted)
            values = Array(repeating: 0, count: order)
            vectors = Array(repeating: 0, count: order * wanted)
            support = Array(repeating: 0, count: 2 * order)
        }

        mutating func run() -> Bool {
            _ = OneThread.isSet
            var (work, integers) = ([Double](repeating: 0, count: 1), [Int32](repeating: 0, count: 1))
            guard call(&work, -1, &integers, -1) else { return false }
            let (size, integerSize) = (Int(work[0]), Int(integers[0]))
            work = Array(repeating: 0, count: max(1, size))
            integers = Array(repeating: 0, count: max(1, integerSize))
            return call(&work, Int32(work.count), &integers, Int32(integers.count))
        }

        private mutating func call(
            _ work: inout [Double], _ workCount: Int32, _ integers: inout [Int32], _ integerCount: Int32
        ) -> Bool {
            var (jobz, range, uplo) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "I")), CChar(UInt8(ascii: "U")))
            var (n, low, high) = (Int32(order), Int32(order - wanted + 1), Int32(order))
            var (zero, tolerance) = (0.0, 0.0)
            var (found, info) = (Int32(0), Int32(0))
            var (workSize, integerSize) = (workCount, integerCount)
            // SAFETY: the arrays have the sizes that LAPACK's page asks for (order², order, order·wanted, 2·order and what the
            // query said); all are exclusive for the call.
            unsafe dsyevr_(
                &jobz, &range, &uplo, &n, &matrix, &n, &zero, &zero, &low, &high, &tolerance, &found, &values,
                &vectors, &n, &support, &work, &workSize, &integers, &integerSize, &info)
            return info == 0 && (workCount < 0 || found == high - low + 1)
        }
    }
}
