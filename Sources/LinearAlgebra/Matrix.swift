// SPDX-License-Identifier: Apache-2.0

/// A dense matrix `[rows × columns]`, row-major: element (i, j) lies at `i * columns + j`.
public struct Matrix<Element: BLASElement>: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    /// All elements, row after row; `rows * columns` of them.
    public private(set) var elements: [Element]

    /// All elements alike.
    public init(rows: Int, columns: Int, repeating value: Element = 0) {
        precondition(rows >= 0 && columns >= 0, "a matrix has no negative side")
        (self.rows, self.columns) = (rows, columns)
        elements = Element.rawFilled(value, rows * columns)
    }

    /// - Parameter elements: row after row.
    public init(rows: Int, columns: Int, elements: [Element]) {
        precondition(
            rows >= 0 && columns >= 0 && elements.count == rows * columns,
            "\(elements.count) elements cannot be a matrix [\(rows) × \(columns)]")
        (self.rows, self.columns, self.elements) = (rows, columns, elements)
    }

    public subscript(row: Int, column: Int) -> Element {
        get { elements[index(row, column)] }
        set { elements[index(row, column)] = newValue }
    }

    /// Where row `row` lies in `elements`.
    public func range(ofRow row: Int) -> Range<Int> {
        precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
        return row * columns..<(row + 1) * columns
    }

    /// Row `row`, without a copy. Shape `[columns]`.
    public func withRow<Result: ~Copyable, Failure: Error>(
        _ row: Int, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(elements.span.extracting(range(ofRow: row)))
    }

    /// Row `row` to be written, without a copy. Shape `[columns]`.
    public mutating func withMutableRow<Result: ~Copyable, Failure: Error>(
        _ row: Int, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = range(ofRow: row)
        var all = elements.mutableSpan
        var part = all._mutatingExtracting(range)
        return try body(&part)
    }

    /// All elements to be written, without a copy. Shape `[rows * columns]`.
    public mutating func withMutableElements<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var all = elements.mutableSpan
        return try body(&all)
    }

    /// A copy of row `row`.
    public func row(_ row: Int) -> [Element] { Array(elements[range(ofRow: row)]) }

    /// The matrix with rows and columns exchanged.
    public var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        for i in 0..<rows { for j in 0..<columns { result.elements[j * rows + i] = elements[i * columns + j] } }
        return result
    }

    /// Each element rounded to the nearest of the other type.
    public func converted<Other: BLASElement>(to _: Other.Type = Other.self) -> Matrix<Other> {
        Matrix<Other>(rows: rows, columns: columns, elements: elements.map { Other($0) })
    }

    private func index(_ row: Int, _ column: Int) -> Int {
        precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) is outside")
        return row * columns + column
    }
}
