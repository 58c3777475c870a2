// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
internal import Foundation

/// What a stream of counts is, from its first period to its last. Public, every field; the event pays for all of it.
public struct StreamPlan: Hashable, Codable, Sendable {
    public enum Mechanism: Hashable, Codable, Sendable {
        /// The binary tree, with exact discrete Laplace or Gaussian noise on its nodes.
        case tree
        /// C·x + z, C the lower triangular Toeplitz matrix of the first `band` coefficients of (1 − x)^(−½), z Gaussian.
        case squareRoot(band: Int)
    }

    public let mechanism: Mechanism
    public let event: PrivacyEvent
    /// Of the catalogue at the opening; items that came later are not in the stream.
    public let itemCount: Int
    /// T.
    public let periods: Int
    /// m: for how many items a user counts, for life.
    public let itemsPerUser: Int

    /// - Throws: `.unsupportedEvent`, `.dimensionNotPaidFor`, `.contributionDoesNotMatchEvent`: where the event does not pay
    ///   for a stream of this shape. By public numbers alone; to be asked before anything is paid.
    public init(
        _ mechanism: Mechanism, event: PrivacyEvent, itemCount: Int, periods: Int, itemsPerUser: Int
    ) throws(DoorError) {
        (self.mechanism, self.event) = (mechanism, event)
        (self.itemCount, self.periods, self.itemsPerUser) = (itemCount, periods, itemsPerUser)
        try check()
    }

    /// L = ⌊log₂ T⌋ + 1, the levels of the tree over T periods.
    public static func levels(periods: Int) -> Int { Int.bitWidth - max(1, periods).leadingZeroBitCount }

    /// The bound of a tree's event: m items a user for life at L levels.
    public static func treeBound(itemsPerUser: Int, periods: Int) -> ItemBound {
        ItemBound(maxItemsPerUser: itemsPerUser * levels(periods: periods), maxValuePerItem: 1)
    }

    /// A square-root stream's event: ℓ2 norm 1 for a user's whole life, one coordinate an item and period.
    public static func squareRootEvent(noiseMultiplier: Double, itemCount: Int, periods: Int) -> PrivacyEvent {
        .gaussianSum(
            GaussianSumEvent(
                samplingProbability: 1, clippingNorm: 1, noiseMultiplier: noiseMultiplier,
                dimension: max(1, itemCount * periods)))
    }

    /// The standard deviation of the noise on each count after so many periods, by the law that the event names.
    public func noiseDeviation(after period: Int) -> Double {
        let nodes = Double(period.nonzeroBitCount).squareRoot()
        switch (mechanism, event) {
        // Discrete Laplace: variance 2p/(1 − p)², p = exp(−1/b); = 1/(2·sinh²(1/2b)).
        case (.tree, .discreteLaplace(let laplace)): return nodes / (2.0.squareRoot() * sinh(0.5 / laplace.scale.value))
        case (.tree, .discreteGaussian(let gaussian)): return nodes * gaussian.variance.value.squareRoot()
        case (.squareRoot(let band), .gaussianSum(let sum)):
            guard let column = try? SquareRootColumn(sum, band: band, itemsPerUser: itemsPerUser) else { return .nan }
            let squares = column.inverse(min(max(0, period), periods)).reduce(0) { $0 + $1 * $1 }
            return squares.squareRoot() * sum.standardDeviation / column.grid.outputGranularity
        default: return .nan
        }
    }

    /// Whether the event pays for this shape: what a plan that was read must be asked too.
    func check() throws(DoorError) {
        try PrivateSum.check(event)
        guard (0...(1 << 24)).contains(itemCount), (1...(1 << 16)).contains(itemsPerUser) else {
            throw .unsupportedEvent("a stream has up to 2²⁴ items and 1 to 2¹⁶ items a user")
        }
        switch (mechanism, event) {
        case (.tree, .discreteLaplace(let laplace)): try checkTree(laplace.bound, laplace.dimension)
        case (.tree, .discreteGaussian(let gaussian)): try checkTree(gaussian.bound, gaussian.dimension)
        case (.squareRoot(let band), .gaussianSum(let sum)):
            guard (1...(1 << 10)).contains(periods), (1...periods).contains(band) else {
                throw .unsupportedEvent("a square-root stream has 1 to 2¹⁰ periods and a band within them")
            }
            guard sum.samplingProbability >= 1 else { throw .unsupportedEvent("nobody is sampled in a stream") }
            guard sum.noiseMultiplier > 0 else { throw .unsupportedEvent("a stream without noise releases everybody") }
            guard sum.dimension >= itemCount * periods else {
                throw .dimensionNotPaidFor(released: itemCount * periods, paid: sum.dimension)
            }
            _ = try SquareRootColumn(sum, band: band, itemsPerUser: itemsPerUser)
        default: throw .contributionDoesNotMatchEvent
        }
    }

    private func checkTree(_ bound: ItemBound, _ dimension: Int) throws(DoorError) {
        guard (1...(1 << 20)).contains(periods) else { throw .unsupportedEvent("a stream has 1 to 2²⁰ periods") }
        guard dimension >= itemCount else { throw .dimensionNotPaidFor(released: itemCount, paid: dimension) }
        guard bound.maxItemsPerUser >= itemsPerUser * Self.levels(periods: periods) else {
            throw .unsupportedEvent("the bound is less than the items of a user at each level of the tree")
        }
    }
}
