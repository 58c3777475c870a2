// SPDX-License-Identifier: Apache-2.0

/// Why no noise could be found. Public numbers only.
public enum CalibrationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An argument is out of its range; says which.
    case outOfRange(String)
    /// No amount of noise makes the plan as cheap as asked.
    case impossible(epsilon: EpsilonAmount, delta: DeltaAmount, problem: PricingProblem)

    public var description: String {
        switch self {
        case .outOfRange(let what): "cannot calibrate: \(what)"
        case .impossible(let epsilon, let delta, let problem):
            "no noise reaches ε = \(epsilon) at δ = \(delta): \(problem)"
        }
    }
}
