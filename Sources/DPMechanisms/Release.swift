// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
public import LinearAlgebra

/// What has left through the door: noisy, paid for, free to use for anything from here on.
public struct Release: Hashable, Sendable {
    /// The coordinates, in units of `granularity`.
    public let steps: [Int64]
    /// The output grid: a power of two that public numbers alone decide. 1 for counts.
    public let granularity: Double
    /// What was paid.
    public let event: PrivacyEvent

    /// The coordinates as numbers: steps · granularity.
    public var values: [Double] { steps.map { Double($0) * granularity } }
}

extension Release {
    /// The symmetric matrix of a `featureGram` or `headGram`: the packed upper triangle, off the diagonal over √2. Its noise has
    /// variance σ² on the diagonal and σ²/2 elsewhere.
    /// - Parameter order: n, with n(n + 1)/2 coordinates.
    public func symmetricMatrix(order: Int) -> Matrix<Double> {
        precondition(order >= 0 && steps.count == order * (order + 1) / 2, "no symmetric matrix of order \(order)")
        var result = Matrix<Double>(rows: order, columns: order)
        let offDiagonal = granularity / 2.0.squareRoot()
        var place = 0
        for i in 0..<order {
            for j in i..<order {
                let value = Double(steps[place]) * (i == j ? granularity : offDiagonal)
                (result[i, j], result[j, i]) = (value, value)
                place += 1
            }
        }
        return result
    }
}
