// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

extension PrivacyEvent {
    /// Most coordinates that the event pays for.
    var dimension: Int {
        switch self {
        case .discreteLaplace(let event): event.dimension
        case .discreteGaussian(let event): event.dimension
        case .gaussianSum(let event): event.dimension
        // The door makes no other: nothing of theirs is paid for.
        default: 0
        }
    }
}
