// SPDX-License-Identifier: Apache-2.0

/// How far predicted ratings are from those given, in the unit of the ratings.
public struct RatingErrors: Hashable, Sendable {
    /// √ of the mean squared error; 0 without ratings.
    public let rmse: Double
    /// The mean absolute error; 0 without ratings.
    public let mae: Double

    /// - Parameter pairs: Predicted and given. Pairs that are not finite are left out.
    public init(_ pairs: some Sequence<(predicted: Double, given: Double)>) {
        var (count, squares, sizes) = (0.0, 0.0, 0.0)
        for (predicted, given) in pairs {
            let error = predicted - given
            guard error.isFinite else { continue }
            count += 1
            squares += error * error
            sizes += abs(error)
        }
        rmse = (squares / max(count, 1)).squareRoot()
        mae = sizes / max(count, 1)
    }
}
