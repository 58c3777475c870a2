// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// Solves Ax = b for symmetric positive definite A; keeps its scratch, so that one solver serves a loop without
/// allocating. Not shared between threads: one a task.
public struct CholeskySolver: Sendable {
    /// The order of the systems.
    public let order: Int
    private var factor: [Double]

    public init(order: Int) {
        precondition(order >= 0, "a system has no negative order")
        self.order = order
        factor = Array(repeating: 0, count: order * order)
    }

    /// x = A⁻¹b, over `rhs`.
    /// - Parameters:
    ///   - a: Shape `[order × order]`; only the lower triangle is read.
    ///   - rhs: b, then x. Shape `[order]`. Left as it was when A is not positive definite.
    /// - Returns: Whether A was positive definite to working precision (and had no NaN).
    /// - SeeAlso: LAPACK `dposv`; a row-major lower triangle is its "U".
    public mutating func solve(_ a: Span<Double>, _ rhs: inout MutableSpan<Double>) -> Bool {
        precondition(a.count == order * order && rhs.count == order, "a system of another order than \(order)")
        if order == 0 { return true }
        _ = OneThread.isSet
        for i in 0..<factor.count { factor[i] = a[i] }
        var (n, one, info) = (Int32(order), Int32(1), Int32(0))
        var uplo = CChar(UInt8(ascii: "U"))
        unsafe factor.withUnsafeMutableBufferPointer { factor in
            unsafe rhs.withUnsafeMutableBufferPointer { rhs in
                // SAFETY: `factor` holds order² and `rhs` order doubles, as told; both are exclusive.
                unsafe dposv_(&uplo, &n, &one, factor.baseAddress, &n, rhs.baseAddress, &n, &info)
            }
        }
        // NaN passes through dposv: only a factor with a positive diagonal is one.
        return info == 0 && (0..<order).allSatisfy { factor[$0 * order + $0] > 0 }
    }
}

/// A⁻¹b for symmetric positive definite A (the lower triangle is read); nil if A is not.
public func solve(spd a: Matrix<Double>, rhs: [Double]) -> [Double]? {
    precondition(a.rows == a.columns && rhs.count == a.rows, "solve: shapes do not match")
    var solver = CholeskySolver(order: a.rows)
    var x = rhs
    var span = x.mutableSpan
    return solver.solve(a.elements.span, &span) ? x : nil
}

/// A⁻¹ for symmetric positive definite A (the lower triangle is read), both triangles; nil if A is not, or has NaN.
/// - SeeAlso: LAPACK `dpotrf`, `dpotri`; a row-major lower triangle is their "U".
public func inverse(spd a: Matrix<Double>) -> Matrix<Double>? {
    precondition(a.rows == a.columns, "only a square matrix has an inverse")
    let order = a.rows
    if order == 0 { return a }
    _ = OneThread.isSet
    var result = a
    var (n, info) = (Int32(order), Int32(0))
    var uplo = CChar(UInt8(ascii: "U"))
    let isDefinite = result.withMutableElements { elements in
        let isFactored = unsafe elements.withUnsafeMutableBufferPointer { matrix in
            // SAFETY: `matrix` holds order² doubles, as told; it is exclusive.
            unsafe dpotrf_(&uplo, &n, matrix.baseAddress, &n, &info)
            return info == 0
        }
        guard isFactored, (0..<order).allSatisfy({ elements[$0 * order + $0] > 0 }) else { return false }
        unsafe elements.withUnsafeMutableBufferPointer { matrix in
            // SAFETY: as above.
            unsafe dpotri_(&uplo, &n, matrix.baseAddress, &n, &info)
        }
        guard info == 0 else { return false }
        for i in 0..<order { for j in 0..<i { elements[j * order + i] = elements[i * order + j] } }
        return true
    }
    return isDefinite ? result : nil
}
