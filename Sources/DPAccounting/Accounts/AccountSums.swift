// SPDX-License-Identifier: Apache-2.0

/// What one account (a user, or all users with the same history of runs) has spent: exact sums, costs rounded up.
///
/// Sums saturate at infinity, never wrap; the order of additions does not matter.
public struct AccountSums: Hashable, Sendable {
    /// Σε and Σδ of the runs.
    public let epsilon: EpsilonAmount
    public let delta: DeltaAmount
    /// Σ of Rényi costs at `AccountFormat.renyiOrders`, in 10⁻¹² nats.
    public let renyi: [EpsilonAmount]
    /// Σμ² in 10⁻¹²; infinite after any run that was not of Gaussians without sampling.
    public let muSquared: EpsilonAmount
    /// Σt of the samplers.
    public let totalVariation: DeltaAmount

    /// - Precondition: one Rényi sum an order of the format.
    public init(
        epsilon: EpsilonAmount, delta: DeltaAmount, renyi: [EpsilonAmount], muSquared: EpsilonAmount,
        totalVariation: DeltaAmount
    ) {
        precondition(renyi.count == AccountFormat.renyiOrders.count, "one Rényi sum an order")
        self.epsilon = epsilon
        self.delta = delta
        self.renyi = renyi
        self.muSquared = muSquared
        self.totalVariation = totalVariation
    }

    /// An account that has spent nothing.
    public static let zero = AccountSums(
        epsilon: .zero, delta: .zero, renyi: AccountFormat.renyiOrders.map { _ in .zero }, muSquared: .zero,
        totalVariation: .zero)

    /// What one run costs, as sums. A price read from a file of another format has infinite Rényi sums.
    public init(_ price: PlanPrice) {
        let isOurs = price.renyi.count == AccountFormat.renyiOrders.count
        self.init(
            epsilon: price.epsilon, delta: price.delta,
            renyi: isOurs ? price.renyi : AccountFormat.renyiOrders.map { _ in .infinity }, muSquared: price.muSquared,
            totalVariation: price.totalVariation)
    }

    /// After another run.
    public static func + (sums: AccountSums, price: PlanPrice) -> AccountSums { sums + AccountSums(price) }

    public static func += (sums: inout AccountSums, price: PlanPrice) { sums = sums + price }

    /// Two accounts' spending together: what an erased user had spent, and what was spent since.
    public static func + (a: AccountSums, b: AccountSums) -> AccountSums {
        AccountSums(
            epsilon: a.epsilon + b.epsilon, delta: a.delta + b.delta, renyi: zip(a.renyi, b.renyi).map { $0 + $1 },
            muSquared: a.muSquared + b.muSquared, totalVariation: a.totalVariation + b.totalVariation)
    }
}

extension AccountSums: Codable {
    private enum Keys: String, CodingKey { case version, epsilon, delta, renyi, muSquared, totalVariation }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == AccountFormat.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "account version \(version) is not known")
        }
        let renyi = try container.decode([EpsilonAmount].self, forKey: .renyi)
        guard renyi.count == AccountFormat.renyiOrders.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .renyi, in: container, debugDescription: "an account has one Rényi sum an order")
        }
        self.init(
            epsilon: try container.decode(EpsilonAmount.self, forKey: .epsilon),
            delta: try container.decode(DeltaAmount.self, forKey: .delta), renyi: renyi,
            muSquared: try container.decode(EpsilonAmount.self, forKey: .muSquared),
            totalVariation: try container.decode(DeltaAmount.self, forKey: .totalVariation))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(AccountFormat.version, forKey: .version)
        try container.encode(epsilon, forKey: .epsilon)
        try container.encode(delta, forKey: .delta)
        try container.encode(renyi, forKey: .renyi)
        try container.encode(muSquared, forKey: .muSquared)
        try container.encode(totalVariation, forKey: .totalVariation)
    }
}
