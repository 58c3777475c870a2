// SPDX-License-Identifier: Apache-2.0

/// One user's numbers before bounding: coordinates and values, sparse or dense.
public struct UserEntries: Sendable {
    private(set) var coordinates: [Int] = []
    private(set) var values: [Double] = []
    private(set) var isUsable = true
    private let dimension: Int

    init(dimension: Int) { self.dimension = dimension }

    /// Adds `value` at `coordinate`. What is given for one coordinate several times is added up.
    ///
    /// A coordinate outside the vector, or a value that is not finite, makes the whole contribution zero.
    public mutating func add(_ value: Double, at coordinate: Int) {
        guard (0..<dimension).contains(coordinate), value.isFinite else {
            isUsable = false
            return
        }
        coordinates.append(coordinate)
        values.append(value)
    }

    /// Adds a whole vector; of another length it makes the contribution zero.
    public mutating func add(_ vector: [Double]) {
        guard vector.count == dimension else {
            isUsable = false
            return
        }
        for (coordinate, value) in vector.enumerated() { add(value, at: coordinate) }
    }

    /// Each coordinate once, ascending; nothing where something was not usable.
    consuming func merged() -> (coordinates: [Int], values: [Double]) {
        guard isUsable else { return ([], []) }
        if zip(coordinates, coordinates.dropFirst()).allSatisfy({ $0 < $1 }) { return (coordinates, values) }
        let order = coordinates.indices.sorted { (coordinates[$0], $0) < (coordinates[$1], $1) }
        var merged: (coordinates: [Int], values: [Double]) = ([], [])
        for index in order {
            if merged.coordinates.last == coordinates[index] {
                merged.values[merged.values.count - 1] += values[index]
            } else {
                merged.coordinates.append(coordinates[index])
                merged.values.append(values[index])
            }
        }
        return merged.values.allSatisfy(\.isFinite) ? merged : ([], [])
    }
}

/// A vector that each user adds: any public function of the user's own history. Sums, means and histograms are made of it.
///
/// Released under a discrete event each value is divided by `granularity`, truncated to a whole number and held within
/// ±`maxValuePerItem`, and at most `maxItemsPerUser` coordinates stay (ℓ0 and ℓ∞, hence ℓ1 and ℓ2). Under a Gaussian sum the
/// vector is clipped to ℓ2 norm C.
public struct UserVector: Sendable {
    /// Fills in one user's numbers from that user's history (items ascending, unique). Must depend on its arguments and on
    /// public things alone.
    public typealias UserFunction =
        @Sendable (_ items: Span<UInt32>, _ values: Span<Float>, _ times: Span<Int64>, _ out: inout UserEntries) -> Void

    /// How many coordinates. Public.
    public let dimension: Int
    /// The unit of a discrete release, in the values' unit. Public.
    public let granularity: Double
    let user: UserFunction

    /// - Precondition: `dimension` is at least 1; `granularity` is a positive number.
    public init(dimension: Int, granularity: Double = 1, user: @escaping UserFunction) {
        precondition(dimension >= 1 && granularity > 0 && granularity.isFinite, "a vector has coordinates and a unit")
        (self.dimension, self.granularity, self.user) = (dimension, granularity, user)
    }

    /// One number a user: under a discrete event held to ±maxValuePerItem·granularity, else to ±C. With a count of users
    /// beside it, it gives a mean (`Release.mean`).
    public static func sum(
        granularity: Double = 1,
        of number: @escaping @Sendable (Span<UInt32>, Span<Float>, Span<Int64>) -> Double
    ) -> UserVector {
        UserVector(dimension: 1, granularity: granularity) { items, values, times, out in
            out.add(number(items, values, times), at: 0)
        }
    }

    /// 1 in the bin of the user's number: bin j is [edgeⱼ, edgeⱼ₊₁), the first from −∞ on, the last up to +∞.
    /// - Parameter edges: Public, ascending: one fewer than bins.
    public static func histogram(
        edges: [Double], of number: @escaping @Sendable (Span<UInt32>, Span<Float>, Span<Int64>) -> Double
    ) -> UserVector {
        UserVector(dimension: edges.count + 1) { items, values, times, out in
            let value = number(items, values, times)
            if !value.isNaN { out.add(1, at: edges.partitioningIndex { $0 > value }) }
        }
    }
}

extension Array where Element == Double {
    /// The first index whose element fulfils `belongs`, which is false first and true from some element on.
    fileprivate func partitioningIndex(_ belongs: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
