// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Interactions
public import LinearAlgebra

/// What the public catalogue says about items, as numbers: one block of columns for each column of the catalogue.
///
/// A block's rows have length 1, or 0 for an item without a value. Which columns count and how is read off the catalogue alone:
/// * numbers (12 different ones or more): smooth bumps at quantiles of the items' values (`NumberBumps`);
/// * everything else: a place for each value or each member of a list that two items or more have (`ValueColumns`);
/// * nothing: a column whose values are all different, such as an address, or all alike.
public struct PublicFeatures: Sendable {
    /// F. Shape `[items × n]`, n ≥ 1.
    public let matrix: Matrix<Double>

    /// Fewer items than this are no sample from which quantiles or shared values could be told.
    private static let fewestItems = 2
    /// No more columns than this are taken, in the alphabetical order of the catalogue's columns.
    static let mostColumns = 512

    /// - Parameters:
    ///   - items: The catalogue, in order.
    ///   - titleWords: Whether the words of titles count as a list too.
    /// - Returns: Nil where the catalogue says nothing: ids and titles alone are no features.
    public init?(_ items: [CatalogueItem], titleWords: Bool = false) {
        let names = Set(items.flatMap(\.features.keys)).sorted()
        var blocks = names.compactMap { name in Self.block(items.map { Self.cleaned($0.features[name] ?? []) }) }
        if titleWords, let block = TitleWords.block(items.map(\.title)) { blocks.append(block) }
        var columns = 0
        blocks = blocks.prefix { block in
            columns += block.columns
            return columns <= Self.mostColumns
        }
        guard !blocks.isEmpty, items.count >= Self.fewestItems else { return nil }
        matrix = blocks.dropFirst().reduce(blocks[0]) { $0.beside($1) }
    }

    /// Without blanks around, each value once, in order.
    private static func cleaned(_ values: [String]) -> [String] {
        var seen = Set<String>()
        return values.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    private static func block(_ values: [[String]]) -> Matrix<Double>? {
        let present = values.filter { !$0.isEmpty }
        var holders: [String: Int] = [:]
        for value in present.joined() { holders[value, default: 0] += 1 }
        let allDifferent = holders.values.allSatisfy { $0 == 1 }
        let allAlike = Set(present.map(Set.init)).count <= 1
        if allDifferent || allAlike { return nil }
        return NumberBumps.block(values) ?? ValueColumns.block(values, holders: holders)
    }
}

extension Matrix<Double> {
    /// The columns of this matrix, then those of the other, of as many rows.
    func beside(_ other: Matrix<Double>) -> Matrix<Double> {
        precondition(rows == other.rows, "matrices of \(rows) and \(other.rows) rows are not set side by side")
        if columns == 0 { return other }
        if other.columns == 0 { return self }
        var joined: [Double] = []
        joined.reserveCapacity(elements.count + other.elements.count)
        for row in 0..<rows {
            joined += elements[row * columns..<(row + 1) * columns]
            joined += other.elements[row * other.columns..<(row + 1) * other.columns]
        }
        return Matrix(rows: rows, columns: columns + other.columns, elements: joined)
    }

    /// Each row times its factor. Shape of `factors`: `[rows]`.
    func scalingRows(by factors: [Double]) -> Matrix<Double> {
        precondition(factors.count == rows, "\(factors.count) factors for \(rows) rows")
        var scaled = elements
        for row in 0..<rows { for place in row * columns..<(row + 1) * columns { scaled[place] *= factors[row] } }
        return Matrix(rows: rows, columns: columns, elements: scaled)
    }

    /// Each column times its factor; only the first `factors.count` columns are kept.
    func scalingColumns(by factors: [Double]) -> Matrix<Double> {
        let kept = factors.count
        precondition(kept <= columns, "\(kept) factors for \(columns) columns")
        var scaled: [Double] = []
        scaled.reserveCapacity(rows * kept)
        for row in 0..<rows { for j in 0..<kept { scaled.append(elements[row * columns + j] * factors[j]) } }
        return Matrix(rows: rows, columns: kept, elements: scaled)
    }

    /// Each row scaled to length 1; rows of zero stay.
    func withUnitRows() -> Matrix<Double> {
        scalingRows(
            by: (0..<rows).map { row in
                let squared = elements[row * columns..<(row + 1) * columns].reduce(0) { $0 + $1 * $1 }
                return squared > 0 ? 1 / squared.squareRoot() : 0
            })
    }
}
