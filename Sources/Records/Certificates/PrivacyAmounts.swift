// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

/// An (ε, δ) as records write it: two JSON numbers, and beside them the exact amounts as decimal strings.
public struct PrivacyAmounts: Hashable, Sendable {
    public let epsilon: EpsilonAmount
    public let delta: DeltaAmount

    public init(epsilon: EpsilonAmount, delta: DeltaAmount) { (self.epsilon, self.delta) = (epsilon, delta) }
}

/// `exact` is one string, "ε,δ": the decimals of the ledger, which a reader's numbers may not carry.
extension PrivacyAmounts: Codable {
    private enum Keys: String, CodingKey { case epsilon, delta, exact }

    /// The exact amounts count; the numbers beside them have to be their nearest Doubles.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        let exact = try container.decode(String.self, forKey: .exact).split(
            separator: ",", omittingEmptySubsequences: false)
        guard exact.count == 2, let epsilon = EpsilonAmount(exact: exact[0]), let delta = DeltaAmount(exact: exact[1]),
            try container.decode(PrivacyNumber.self, forKey: .epsilon).value == epsilon.value,
            try container.decode(PrivacyNumber.self, forKey: .delta).value == delta.value
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .exact, in: container, debugDescription: "the exact amounts are not the numbers beside them")
        }
        self.init(epsilon: epsilon, delta: delta)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(PrivacyNumber(epsilon.value), forKey: .epsilon)
        try container.encode(PrivacyNumber(delta.value), forKey: .delta)
        try container.encode("\(epsilon),\(delta)", forKey: .exact)
    }
}

extension Amount {
    /// The amount whose `description` is `text`; nil for anything else.
    fileprivate init?(exact text: Substring) {
        self = text == "infinity" ? .infinity : Amount(decimal: text, rounding: .up) ?? .infinity
        guard description == text else { return nil }
    }
}
