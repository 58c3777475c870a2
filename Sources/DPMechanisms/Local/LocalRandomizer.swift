// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DPAccounting

/// Noise before anybody sees the value: for curators who are not to be trusted with it (local model, ε of one report).
///
/// One report of a value in 0 ..< domain. Whatever the value, a report has probabilities that differ by a factor of at most
/// e^ε: pure local ε-DP of a report; a user who sends k of them spends kε. No grant: nothing leaves a store, the noise is in what
/// comes in. All coins are exact.
public struct LocalRandomizer: Sendable {
    public enum Method: String, Hashable, Codable, Sendable, CaseIterable {
        /// The value with probability e^ε/(e^ε + d − 1), else another one (Warner 1965; Kairouz et al. 2014). For d < 3e^ε + 2.
        case randomizedResponse
        /// A bit a value: 1 stays with probability ½, 0 becomes 1 with 1/(e^ε + 1) (Wang, Blocki, Li, Jha 2017).
        case unaryEncoding
        /// One index of a Hadamard row (Acharya, Sun, Zhang 2019): log d bits, the variance of unary encoding.
        case hadamardResponse
    }

    public let method: Method
    /// How many values there are. Public.
    public let domain: Int
    public let epsilon: Rational

    /// Nil unless 2 ≤ domain ≤ 2²⁰.
    public init?(_ method: Method, domain: Int, epsilon: Rational) {
        guard (2...(1 << 20)).contains(domain) else { return nil }
        (self.method, self.domain, self.epsilon) = (method, domain, epsilon)
    }

    /// What is sent for `value`: a value, the positions of the 1-bits, or an index of a Hadamard row.
    ///
    /// A value outside the domain is reported as a uniformly random one.
    public func report(_ value: Int) -> LocalReport {
        var words = SecureStream()
        return report(value, using: &words)
    }

    func report<Words: WordSource & ~Copyable>(_ value: Int, using words: inout Words) -> LocalReport {
        let value = (0..<domain).contains(value) ? value : Int(Uniform.below(UInt64(domain), using: &words))
        switch method {
        case .randomizedResponse: return .value(RandomizedResponse(self).report(value, using: &words))
        case .unaryEncoding: return .bits(UnaryEncoding(self).report(value, using: &words))
        case .hadamardResponse: return .index(HadamardResponse(self).report(value, using: &words))
        }
    }

    /// What is sent for one of a user's own values, drawn uniformly: one report for all of them.
    ///
    /// The law is the mean of the values' laws, so two users' laws differ by e^ε at most too, whatever and however much they hold:
    /// pure local ε-DP of the user, as long as no second report is made of them. None at all counts as a random value.
    public func report(oneOf values: [Int]) -> LocalReport {
        var words = SecureStream()
        return report(oneOf: values, using: &words)
    }

    func report<Words: WordSource & ~Copyable>(oneOf values: [Int], using words: inout Words) -> LocalReport {
        if values.isEmpty { return report(-1, using: &words) }
        return report(values[Int(Uniform.below(UInt64(values.count), using: &words))], using: &words)
    }

    /// How many different indices Hadamard reports have: a power of two above `domain`.
    public var indexCount: Int { HadamardResponse(self).size }

    /// The estimates of `frequencies(of:)` from how often each index was reported, or a noisy count of it: they are linear, so noise of
    /// mean zero leaves them unbiased.
    public func frequencies(ofIndexCounts seen: [Int64]) -> [Double] {
        HadamardResponse(self).frequencies(ofCounts: seen.map(Double.init))
    }

    /// How often each value was held, unbiased, from all reports; may be negative. Reports of another method are left out.
    public func frequencies(of reports: some Sequence<LocalReport>) -> [Double] {
        switch method {
        case .randomizedResponse: RandomizedResponse(self).frequencies(reports)
        case .unaryEncoding: UnaryEncoding(self).frequencies(reports)
        case .hadamardResponse: HadamardResponse(self).frequencies(reports)
        }
    }

    /// e^ε, for estimates: post-processing, so Double will do.
    var odds: Double { exponential(epsilon.value) }
}

/// What a user sends instead of a value.
public enum LocalReport: Hashable, Codable, Sendable {
    case value(Int)
    /// Ascending.
    case bits([Int])
    case index(Int)
}
