// SPDX-License-Identifier: Apache-2.0

public import DPMechanisms

/// A model that DP-SGD can train: it says how one user's gradient is made, and nothing more of private data.
public protocol GradientModel {
    /// The trained numbers. Shape `[parameterCount]`.
    var parameters: [Double] { get set }
    /// What each user adds at the present parameters, before bounding: the gradient of that user's loss.
    func contribution() -> Contribution
}
