// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a set of lists does to the catalogue, beside how accurate they are.
public struct ListExposure: Hashable, Sendable {
    /// The part of the catalogue that is in at least one list.
    public let coverage: Double
    /// How unevenly the places of the lists fall on the items: 0 all alike, (n − 1)/n all on one; nil without places.
    ///
    /// Σ (2i − n − 1) xᵢ / (n Σ x) over the exposures ascending.
    public let gini: Double?
    /// The mean of −log₂(popularity/users) over the places of the lists, in bits (Zhou et al. 2010, PNAS 107); nil without
    /// places. An item that nobody took counts as taken once.
    public let novelty: Double?
    /// The mean popularity over the places of the lists; nil without places.
    public let averagePopularity: Double?

    /// - Parameters:
    ///   - lists: Catalogue positions; those outside are left out.
    ///   - popularity: How many users took each item in training, one an item of the catalogue. Private, unless it was
    ///     released or the data are public.
    ///   - users: How many users there were in training, at least 1.
    public init(_ lists: some Sequence<[UInt32]>, popularity: [Double], users: Double) {
        precondition(users >= 1, "popularity is relative to users")
        var exposure = [Double](repeating: 0, count: popularity.count)
        var (places, bits, sum) = (0.0, 0.0, 0.0)
        for list in lists {
            for item in list where Int(item) < popularity.count {
                exposure[Int(item)] += 1
                places += 1
                bits -= log2(max(popularity[Int(item)], 1) / users)
                sum += popularity[Int(item)]
            }
        }
        coverage = Double(exposure.count { $0 > 0 }) / Double(max(exposure.count, 1))
        gini = Self.gini(exposure)
        novelty = places > 0 ? bits / places : nil
        averagePopularity = places > 0 ? sum / places : nil
    }

    static func gini(_ values: [Double]) -> Double? {
        let total = values.reduce(0, +)
        if total <= 0 { return nil }
        let count = Double(values.count)
        let weighed = values.sorted().enumerated().reduce(0.0) {
            $0 + (2 * Double($1.offset + 1) - count - 1) * $1.element
        }
        return weighed / (count * total)
    }
}
