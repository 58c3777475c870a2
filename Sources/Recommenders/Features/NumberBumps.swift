// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinearAlgebra

/// A column of numbers as smooth bumps: exp(−½((x − c)/w)²) at eleven centres c, quantiles of the items' values.
enum NumberBumps {
    static let centres = 11
    /// With fewer different numbers they are names rather than a scale.
    static let fewestDifferent = 12

    /// - Returns: Shape `[items × centres]`, rows of length 1; nil unless each item has at most one value and all are numbers.
    static func block(_ values: [[String]]) -> Matrix<Double>? {
        var numbers: [Double?] = []
        for own in values {
            if own.isEmpty {
                numbers.append(nil)
            } else {
                guard own.count == 1, let number = Double(own[0]), abs(number) <= 1e100 else { return nil }
                numbers.append(number)
            }
        }
        let sorted = numbers.compactMap { $0 }.sorted()
        guard Set(sorted).count >= fewestDifferent else { return nil }
        let centres = centres(of: sorted)
        guard centres.count >= 2 else { return nil }
        let widths = widths(of: centres)
        var block = Matrix<Double>(rows: values.count, columns: centres.count)
        for (row, number) in numbers.enumerated() {
            guard let number else { continue }
            for (place, (centre, width)) in zip(centres, widths).enumerated() {
                let distance = (number - centre) / width
                block[row, place] = exp(-0.5 * distance * distance)
            }
            // Far from every centre: the nearest one.
            if block.row(row).allSatisfy({ $0 < 1e-12 }) { block[row, number < centres[0] ? 0 : centres.count - 1] = 1 }
        }
        return block.withUnitRows()
    }

    /// The quantiles (i + ½)/11, each once.
    private static func centres(of sorted: [Double]) -> [Double] {
        var result: [Double] = []
        for i in 0..<centres {
            let value = sorted[min(sorted.count - 1, Int((Double(i) + 0.5) / Double(centres) * Double(sorted.count)))]
            if result.last != value { result.append(value) }
        }
        return result
    }

    /// Half the distance between a centre's neighbours, at least 1/32 of the whole.
    private static func widths(of centres: [Double]) -> [Double] {
        let least = (centres[centres.count - 1] - centres[0]) / 32
        return centres.indices.map { i in
            let (left, right) = (max(i - 1, 0), min(i + 1, centres.count - 1))
            return max((centres[right] - centres[left]) / Double(right - left), least)
        }
    }
}
