// SPDX-License-Identifier: Apache-2.0

/// How the step size runs over a training, by public numbers alone.
public struct LearningRate: Hashable, Codable, Sendable {
    /// η at the first step.
    public var initial: Double
    /// How much of it is gone after the last step, linearly; 0 is a constant rate.
    public var decay: Double

    public init(initial: Double, decay: Double = 0) { (self.initial, self.decay) = (initial, decay) }

    /// η for step `step`, counted from 0, of `steps`.
    public func rate(step: Int, of steps: Int) -> Double {
        initial * (1 - decay * Double(step) / Double(max(steps, 1)))
    }
}
