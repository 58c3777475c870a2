// SPDX-License-Identifier: Apache-2.0

/// Adam (Kingma, Ba 2015) with one second moment for all coordinates: what is divided by then is the same everywhere, so
/// coordinates whose gradient is nearly all noise are not blown up to the size of the others, as they would be by the
/// usual one moment a coordinate.
///
///     m ← β₁m + (1 − β₁)g,  s ← β₂s + (1 − β₂)·mean(g²),  Δ = −η · m/(1 − β₁ᵗ) / (√(s/(1 − β₂ᵗ)) + ϵ)
///
/// It sees releases only; so all of it is post-processing.
public struct Adam: Sendable {
    /// Public constants, without unit.
    public struct Configuration: Hashable, Codable, Sendable {
        /// β₁, the decay of the first moment.
        public var firstDecay: Double
        /// β₂, the decay of the second moment.
        public var secondDecay: Double

        public init(firstDecay: Double = 0.9, secondDecay: Double = 0.99) {
            (self.firstDecay, self.secondDecay) = (firstDecay, secondDecay)
        }
    }

    public let configuration: Configuration
    private var step = 0
    private var firstMoment: [Double]
    private var secondMoment = 0.0
    /// Keeps a zero gradient from being divided by zero; far below any gradient that matters.
    private static let epsilon = 1e-12

    public init(_ configuration: Configuration = Configuration(), parameterCount: Int) {
        self.configuration = configuration
        firstMoment = Array(repeating: 0, count: parameterCount)
    }

    /// Moves `parameters` against `gradient`. Shapes: both `[parameterCount]`.
    /// - Parameter rate: η; how far a coordinate of root-mean-square gradient goes.
    public mutating func descend(_ parameters: inout [Double], along gradient: [Double], rate: Double) {
        precondition(parameters.count == firstMoment.count && gradient.count == firstMoment.count)
        if gradient.isEmpty { return }
        step += 1
        let (b1, b2) = (configuration.firstDecay, configuration.secondDecay)
        var sumOfSquares = 0.0
        for g in gradient { sumOfSquares += g * g }
        secondMoment = b2 * secondMoment + (1 - b2) * sumOfSquares / Double(gradient.count)
        let root = (secondMoment / (1 - power(b2, step))).squareRoot() + Self.epsilon
        let factor = rate / (1 - power(b1, step)) / root
        for i in gradient.indices {
            firstMoment[i] = b1 * firstMoment[i] + (1 - b1) * gradient[i]
            parameters[i] -= factor * firstMoment[i]
        }
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<exponent { result *= base }
        return result
    }
}
