// SPDX-License-Identifier: Apache-2.0

/// The inner product ⟨x, y⟩. Shapes: both `[n]`; n = 0 gives 0.
public func dot<Element: BLASElement>(_ x: Span<Element>, _ y: Span<Element>) -> Element {
    precondition(x.count == y.count, "dot: \(x.count) elements against \(y.count)")
    return Element.rawDot(x, y)
}

/// y ← αx + y. Shapes: both `[n]`.
public func addProduct<Element: BLASElement>(_ alpha: Element, _ x: Span<Element>, to y: inout MutableSpan<Element>) {
    precondition(x.count == y.count, "addProduct: \(x.count) elements against \(y.count)")
    Element.rawAxpy(alpha, x, &y)
}

/// y ← α·op(A)·x + β·y, op(A) = Aᵀ if `transposed`. Shapes: x `[columns of op(A)]`, y `[rows of op(A)]`.
public func gemv<Element: BLASElement>(
    _ a: Matrix<Element>, transposed: Bool = false, _ x: Span<Element>, into y: inout MutableSpan<Element>,
    alpha: Element = 1, beta: Element = 0
) {
    let (rows, columns) = transposed ? (a.columns, a.rows) : (a.rows, a.columns)
    precondition(x.count == columns && y.count == rows, "gemv: [\(rows) × \(columns)] · [\(x.count)] into [\(y.count)]")
    if rows == 0 { return }
    if columns == 0 {
        for i in 0..<rows { y[i] = beta == 0 ? 0 : beta * y[i] }
        return
    }
    let shape = GemvShape(rows: Int32(a.rows), columns: Int32(a.columns), transpose: transposed)
    Element.rawGemv(shape, alpha, a.elements.span, x, beta, &y)
}

/// op(A)·x as a new array.
public func gemv<Element: BLASElement>(_ a: Matrix<Element>, transposed: Bool = false, _ x: [Element]) -> [Element] {
    var y = [Element](repeating: 0, count: transposed ? a.columns : a.rows)
    var span = y.mutableSpan
    gemv(a, transposed: transposed, x.span, into: &span)
    return y
}

/// C ← α·op(A)·op(B) + β·C. Shapes: op(A) `[m × k]`, op(B) `[k × n]`, C `[m × n]`.
public func gemm<Element: BLASElement>(
    _ a: Matrix<Element>, transposeA: Bool = false, _ b: Matrix<Element>, transposeB: Bool = false,
    into c: inout Matrix<Element>, alpha: Element = 1, beta: Element = 0
) {
    let (m, k) = transposeA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (kb, n) = transposeB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(k == kb && c.rows == m && c.columns == n, "gemm: [\(m) × \(k)] · [\(kb) × \(n)] into another shape")
    if m == 0 || n == 0 { return }
    let shape = GemmShape(
        m: Int32(m), n: Int32(n), k: Int32(k), transposeA: transposeA, transposeB: transposeB,
        strideA: Int32(a.columns), strideB: Int32(b.columns))
    c.withMutableElements { Element.rawGemm(shape, alpha, a.elements.span, b.elements.span, beta, &$0) }
}

/// op(A)·op(B) as a new matrix.
public func gemm<Element: BLASElement>(
    _ a: Matrix<Element>, transposeA: Bool = false, _ b: Matrix<Element>, transposeB: Bool = false
) -> Matrix<Element> {
    var c = Matrix<Element>(rows: transposeA ? a.columns : a.rows, columns: transposeB ? b.rows : b.columns)
    gemm(a, transposeA: transposeA, b, transposeB: transposeB, into: &c)
    return c
}

/// The Gramian AᵀA, both triangles. Shape `[columns × columns]`.
public func gram<Element: BLASElement>(_ a: Matrix<Element>) -> Matrix<Element> {
    var c = Matrix<Element>(rows: a.columns, columns: a.columns)
    if a.columns == 0 || a.rows == 0 { return c }
    c.withMutableElements { Element.rawGram(a.rows, a.columns, 1, a.elements.span, 0, &$0) }
    for i in 0..<a.columns { for j in 0..<i { c[i, j] = c[j, i] } }
    return c
}
