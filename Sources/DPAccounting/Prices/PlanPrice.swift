// SPDX-License-Identifier: Apache-2.0

/// What a whole run costs a user, computed from its events alone, at the δ that was asked.
///
/// Every figure is an upper bound, rounded up to its unit. Figures for the filters stand beside (ε, δ), since an account
/// adds each of them over its runs (`AccountSums`).
public struct PlanPrice: Hashable, Codable, Sendable {
    /// ε of the run at `delta`: the smallest that a valid accountant proves.
    public let epsilon: EpsilonAmount
    /// δ of the run: what was asked, or zero where pure ε is the smallest. The sampler's share is inside.
    public let delta: DeltaAmount
    /// Rényi cost at each of `AccountFormat.renyiOrders`, in 10⁻¹² nats.
    public let renyi: [EpsilonAmount]
    /// Σ μ² in units of 10⁻¹²; infinite unless every event is a Gaussian without sampling.
    public let muSquared: EpsilonAmount
    /// t: total variation between the samplers that run and the laws that were priced.
    public let totalVariation: DeltaAmount
    /// The accountant whose ε was taken.
    public let accountant: Accountant
    /// The order fixed in the plan at which a run that ends early may be priced; nil: none.
    public let order: Double?
    /// ε by each accountant that is valid for the plan and finite, as numbers. Keys are `Accountant`'s raw values.
    public let epsilonByAccountant: [String: Double]
    /// Why the price is infinite, if it is.
    public let problem: PricingProblem?
}

/// Who computes a price.
public enum Accountant: String, Codable, Sendable, CaseIterable {
    /// Pure ε, basic composition, exact rationals.
    case pure
    /// Pure ε for the Laplace events, the best of the others for the rest, added.
    case basic
    /// The analytic Gaussian: exact for Gaussians without sampling.
    case gdp
    /// Zero-concentrated DP: Gaussians, continuous and discrete, without sampling.
    case zcdp
    /// Rényi DP at the best order.
    case rdp
    /// Privacy loss distributions on a grid, rounded up.
    case pld
    /// The moment integral, without a grid.
    case exact
    /// No accountant has a finite price.
    case none

    /// Those of which a price is the smallest.
    ///
    /// `exact` is not one of them, though it is mostly the tightest by a hair: it is the referee, by which `budget verify` tells
    /// whether a price can be true, and a referee does not play.
    public static let pricing: Set<Accountant> = [.pure, .basic, .gdp, .zcdp, .rdp, .pld]

    /// Those by which a price is computed again that this one is named for. What a name means never changes; so a price from
    /// before there were others is what it was.
    public var again: Set<Accountant> { self == .none ? Self.pricing.subtracting([.pld]) : [self] }
}

/// Why a plan has no finite price. Public figures only.
public enum PricingProblem: String, Codable, Sendable, CustomStringConvertible {
    /// A step adds no noise: admitted only where the data are public.
    case noNoise
    /// δ = 0 was asked of a plan that is not pure.
    case needsDelta
    /// The fast sampler's (1 + e^ε)·t exceeds δ/100: take fewer or smaller releases, a larger δ, or the exact sampler.
    case needsExactSampler
    /// The events' own failure mass is more than the δ that was asked.
    case failureExceedsDelta
    /// A field of an event is out of range.
    case invalidEvent
    /// The cost is beyond what the numerics or the amounts can hold.
    case tooExpensive

    public var description: String {
        switch self {
        case .noNoise: "a step adds no noise, so its cost is infinite: only a directory of public data admits it"
        case .needsDelta: "δ = 0 was asked, but the plan has Gaussian noise: ask for a positive δ"
        case .needsExactSampler:
            "the fast Gaussian sampler's share of δ is more than a hundredth: fewer or smaller releases, or a larger δ"
        case .failureExceedsDelta: "the events fail with more than the δ that was asked: ask for a larger δ"
        case .invalidEvent: "an event of the plan has a field out of range"
        case .tooExpensive: "the plan costs more than can be accounted for: add noise or take fewer steps"
        }
    }
}
