// SPDX-License-Identifier: Apache-2.0

/// On disk an event is `{"type": …, "version": 1, …fields}`. An unknown type or version is an error, never a free event;
/// a value out of range is one too, so that an accountant need not check again.
extension PrivacyEvent: Codable {
    private enum Keys: String, CodingKey { case type, version }
    private enum Kind: String, Codable {
        case discreteLaplace = "discrete-laplace"
        case discreteGaussian = "discrete-gaussian"
        case gaussianSum = "gaussian-sum"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "event version \(version) is not known")
        }
        switch try container.decode(Kind.self, forKey: .type) {
        case .discreteLaplace: self = .discreteLaplace(try DiscreteLaplaceEvent(from: decoder))
        case .discreteGaussian: self = .discreteGaussian(try DiscreteGaussianEvent(from: decoder))
        case .gaussianSum: self = .gaussianSum(try GaussianSumEvent(from: decoder))
        }
        guard isValid else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "a field of the event is out of range")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(1, forKey: .version)
        switch self {
        case .discreteLaplace(let event):
            try container.encode(Kind.discreteLaplace, forKey: .type)
            try event.encode(to: encoder)
        case .discreteGaussian(let event):
            try container.encode(Kind.discreteGaussian, forKey: .type)
            try event.encode(to: encoder)
        case .gaussianSum(let event):
            try container.encode(Kind.gaussianSum, forKey: .type)
            try event.encode(to: encoder)
        }
    }
}

extension PrivacyEvent {
    /// Whether every field is in its range.
    public var isValid: Bool {
        switch self {
        case .discreteLaplace(let event): event.bound.isValid && event.dimension >= 1
        case .discreteGaussian(let event): event.bound.isValid && event.dimension >= 1
        case .gaussianSum(let event):
            event.samplingProbability >= 0x1p-64 && event.samplingProbability <= 1
                && event.clippingNorm > 0 && event.clippingNorm.isFinite
                && event.noiseMultiplier >= 0 && event.noiseMultiplier.isFinite && event.dimension >= 1
        }
    }
}

extension ItemBound {
    /// Positive, and so small that the sensitivities cannot overflow.
    var isValid: Bool {
        (1...(1 << 20)).contains(maxItemsPerUser) && (1...(1 << 16)).contains(maxValuePerItem)
    }
}
