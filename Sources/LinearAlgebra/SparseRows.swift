// SPDX-License-Identifier: Apache-2.0

/// The places of the ones of a matrix of zeros and ones, row by row.
public struct SparseRows: Sendable {
    /// Row r has the entries `offsets[r] ..< offsets[r + 1]`. Shape `[rows + 1]`.
    private var offsets: [Int] = [0]
    /// Columns.
    private var columns: [UInt32] = []

    public init() {}

    public var count: Int { offsets.count - 1 }

    /// Adds a row.
    public mutating func append(_ row: Span<UInt32>) {
        for index in row.indices { columns.append(row[index]) }
        offsets.append(columns.count)
    }

    /// The columns of a row.
    public func withRow<Result>(_ row: Int, _ body: (Span<UInt32>) -> Result) -> Result {
        body(columns.span.extracting(offsets[row]..<offsets[row + 1]))
    }

    /// Columns and rows exchanged.
    /// - Parameter count: how many columns there are; all are below it.
    public func transposed(columns count: Int) -> SparseRows {
        var result = SparseRows()
        result.offsets = [Int](repeating: 0, count: count + 1)
        for column in columns { result.offsets[Int(column) + 1] += 1 }
        for column in 0..<count { result.offsets[column + 1] += result.offsets[column] }
        var next = result.offsets
        result.columns = [UInt32](repeating: 0, count: columns.count)
        for row in 0..<self.count {
            for index in offsets[row]..<offsets[row + 1] {
                let column = Int(columns[index])
                result.columns[next[column]] = UInt32(row)
                next[column] += 1
            }
        }
        return result
    }
}
