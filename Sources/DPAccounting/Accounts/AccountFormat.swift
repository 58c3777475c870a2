// SPDX-License-Identifier: Apache-2.0

/// What an account's sums mean. A change here is a new version, and old accounts must still be read as they were written.
public enum AccountFormat {
    /// Stands in every stored account.
    public static let version = 1

    /// The Rényi orders of the filters, for runs at δ 1e-6 in lifetimes at δ 1e-5: 3 carries lifetimes near ε = 12, 5 those
    /// near 6, 10 those from 2 to 4. Against the best order of each, over sampled and unsampled Gaussian runs of ε 1 to 3,
    /// they let through 97 to 100 % as many runs at 6 and 12, and 92 to 100 % at 2 and 3.
    public static let renyiOrders: [Double] = [3, 5, 10]

    /// K: basic, μ², and one Rényi filter an order.
    public static let filterCount = 5

    /// Each filter's share of δ_policy: 0.99/K. The last hundredth belongs to the samplers.
    public static func filterDelta(_ delta: Double) -> Double { 0.99 * delta / Double(filterCount) }
}

/// The filters of an account, in the order in which they are tried.
public enum AccountFilter: Hashable, Sendable, CustomStringConvertible {
    /// Σε and Σδ (Rogers, Roth, Ullman, Vadhan 2016).
    case basic
    /// Σμ² of Gaussians (Smith, Thakurta 2022).
    case gaussian
    /// Σ of Rényi costs at one order (Feldman, Zrnic 2021).
    case renyi(order: Double)

    public static let all: [AccountFilter] = [.basic, .gaussian] + AccountFormat.renyiOrders.map { .renyi(order: $0) }

    public var description: String {
        switch self {
        case .basic: "basic composition"
        case .gaussian: "Gaussian DP"
        case .renyi(let order): "Rényi DP at order \(order == order.rounded() ? "\(Int(order))" : "\(order)")"
        }
    }
}
