// SPDX-License-Identifier: Apache-2.0

/// On disk an event is `{"type": …, "version": 1, …fields}`. An unknown type or version is an error, never a free event;
/// a value out of range is one too, so that an accountant need not check again.
extension PrivacyEvent: Codable {
    private enum Keys: String, CodingKey { case type, version }
    private enum Kind: String, Codable {
        case discreteLaplace = "discrete-laplace"
        case discreteGaussian = "discrete-gaussian"
        case gaussianSum = "gaussian-sum"
        case gaussian
        case laplace
        case randomizedResponse = "randomized-response"
        case exponentialMechanism = "exponential-mechanism"
        case reportNoisyMax = "report-noisy-max"
        case partitionSelection = "partition-selection"
        case approximate
        case zeroConcentrated = "zcdp"
        case sampled = "poisson-sampled"
        // `composed` is what `budget show` prints of a plan; it is never read.
        case composed = "composition"
        case selfComposed = "self-composed"
        case tiered = "tiered-sampled"
        case randomTrials = "random-trials"
        case matrixMechanism = "matrix-mechanism"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "event version \(version) is not known")
        }
        guard decoder.codingPath.count <= Self.deepestPath else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "events are nested too deeply")
        }
        switch try container.decode(Kind.self, forKey: .type) {
        case .discreteLaplace: self = .discreteLaplace(try DiscreteLaplaceEvent(from: decoder))
        case .discreteGaussian: self = .discreteGaussian(try DiscreteGaussianEvent(from: decoder))
        case .gaussianSum: self = .gaussianSum(try GaussianSumEvent(from: decoder))
        case .gaussian: self = .gaussian(try GaussianEvent(from: decoder))
        case .laplace: self = .laplace(try LaplaceEvent(from: decoder))
        case .randomizedResponse: self = .randomizedResponse(try RandomizedResponseEvent(from: decoder))
        case .exponentialMechanism: self = .exponentialMechanism(try ExponentialMechanismEvent(from: decoder))
        case .reportNoisyMax: self = .reportNoisyMax(try ReportNoisyMaxEvent(from: decoder))
        case .partitionSelection: self = .partitionSelection(try PartitionSelectionEvent(from: decoder))
        case .approximate: self = .approximate(try ApproximateEvent(from: decoder))
        case .zeroConcentrated: self = .zeroConcentrated(try ZeroConcentratedEvent(from: decoder))
        case .sampled: self = .sampled(try SampledEvent(from: decoder))
        case .composed: self = .composed(try ComposedEvent(from: decoder))
        case .selfComposed: self = .selfComposed(try SelfComposedEvent(from: decoder))
        case .tiered: self = .tiered(try TieredEvent(from: decoder))
        case .randomTrials: self = .randomTrials(try RandomTrialsEvent(from: decoder))
        case .matrixMechanism: self = .matrixMechanism(try MatrixMechanismEvent(from: decoder))
        }
        guard isValid else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "a field of the event is out of range")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(1, forKey: .version)
        let (kind, fields) = coded
        try container.encode(kind, forKey: .type)
        try fields.encode(to: encoder)
    }

    private var coded: (Kind, any Encodable) {
        switch self {
        case .discreteLaplace(let event): (.discreteLaplace, event)
        case .discreteGaussian(let event): (.discreteGaussian, event)
        case .gaussianSum(let event): (.gaussianSum, event)
        case .gaussian(let event): (.gaussian, event)
        case .laplace(let event): (.laplace, event)
        case .randomizedResponse(let event): (.randomizedResponse, event)
        case .exponentialMechanism(let event): (.exponentialMechanism, event)
        case .reportNoisyMax(let event): (.reportNoisyMax, event)
        case .partitionSelection(let event): (.partitionSelection, event)
        case .approximate(let event): (.approximate, event)
        case .zeroConcentrated(let event): (.zeroConcentrated, event)
        case .sampled(let event): (.sampled, event)
        case .composed(let event): (.composed, event)
        case .selfComposed(let event): (.selfComposed, event)
        case .tiered(let event): (.tiered, event)
        case .randomTrials(let event): (.randomTrials, event)
        case .matrixMechanism(let event): (.matrixMechanism, event)
        }
    }

    /// Coding keys down to the innermost event: two a level.
    private static let deepestPath = 64
}

extension RandomTrialsEvent.Trials {
    private enum Keys: String, CodingKey { case distribution, mean, shape, probability }

    /// `{"distribution": "poisson", "mean": …}` or `{"distribution": "negative-binomial", "shape": …, "probability": …}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        switch try container.decode(String.self, forKey: .distribution) {
        case "poisson": self = .poisson(mean: try container.decode(Double.self, forKey: .mean))
        case "negative-binomial":
            self = .negativeBinomial(
                shape: try container.decode(Double.self, forKey: .shape),
                probability: try container.decode(Double.self, forKey: .probability))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .distribution, in: container, debugDescription: "a distribution of trials that is not known")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .poisson(let mean):
            try container.encode("poisson", forKey: .distribution)
            try container.encode(mean, forKey: .mean)
        case .negativeBinomial(let shape, let probability):
            try container.encode("negative-binomial", forKey: .distribution)
            try container.encode(shape, forKey: .shape)
            try container.encode(probability, forKey: .probability)
        }
    }
}
