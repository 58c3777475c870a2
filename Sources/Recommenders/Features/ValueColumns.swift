// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// A column of values or lists as numbers: 1/√n for each of an item's n values.
enum ValueColumns {
    /// The most values of one column; the most frequent count.
    static let most = 128

    /// - Parameters:
    ///   - values: Of each item, each once.
    ///   - holders: How many items have each value.
    ///   - fewest: A value of fewer items is no feature: nothing is learned from it about another item.
    /// - Returns: Shape `[items × values kept]`; nil if none is.
    static func block(
        _ values: [[String]], holders: [String: Int], fewest: Int = 2, most: Int = most
    ) -> Matrix<Double>? {
        let kept = holders.filter { $0.value >= fewest }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most)
        if kept.isEmpty { return nil }
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1.key, $0) })
        var block = Matrix<Double>(rows: values.count, columns: kept.count)
        for (row, own) in values.enumerated() {
            for place in own.compactMap({ places[$0] }) { block[row, place] = 1 }
        }
        return block.withUnitRows()
    }
}
