// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// The exact noise of a discrete event.
enum CountNoise {
    case laplace(DiscreteLaplace)
    case gaussian(DiscreteGaussian)

    init(_ event: PrivacyEvent) throws(DoorError) {
        switch event {
        case .discreteLaplace(let laplace): self = .laplace(DiscreteLaplace(scale: laplace.scale))
        case .discreteGaussian(let gaussian):
            guard let noise = DiscreteGaussian(variance: gaussian.variance) else {
                throw .unsupportedEvent("the variance has too large a denominator")
            }
            self = .gaussian(noise)
        default: throw .contributionDoesNotMatchEvent
        }
    }

    /// Fresh noise on each, saturating (post-processing).
    func add<Words: WordSource & ~Copyable>(to counts: inout [Int64], using words: inout Words) {
        switch self {
        case .laplace(let noise):
            for i in counts.indices { counts[i] = counts[i].saturatingAdd(noise.sample(using: &words)) }
        case .gaussian(let noise):
            for i in counts.indices { counts[i] = counts[i].saturatingAdd(noise.sample(using: &words)) }
        }
    }
}

extension Int64 {
    /// The sum, held inside Int64.
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
