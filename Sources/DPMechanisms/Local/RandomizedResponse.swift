// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Foundation

/// e^x and ln x of public numbers; here, so that one file imports Foundation.
func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }

/// k-ary randomized response.
///
/// A uniform candidate is kept for certain if it is the value, else with probability e^(−ε), else another is drawn: the value
/// has weight 1 and each other one e^(−ε), exactly. Two values' laws differ by e^ε at most. □
struct RandomizedResponse {
    private let domain: Int
    private let odds: Double
    private let coin: ExponentialCoin

    init(_ randomizer: LocalRandomizer) {
        (domain, odds) = (randomizer.domain, randomizer.odds)
        coin = ExponentialCoin(rate: randomizer.epsilon)
    }

    func report<Words: WordSource & ~Copyable>(_ value: Int, using words: inout Words) -> Int {
        while true {
            let candidate = Int(Uniform.below(UInt64(domain), using: &words))
            if candidate == value || coin.lands(gap: 1, using: &words) { return candidate }
        }
    }

    /// E[seen(x)] = n·q + count(x)·(p − q), q = 1/(e^ε + d − 1), p = e^ε·q.
    func frequencies(_ reports: some Sequence<LocalReport>) -> [Double] {
        var seen = [Double](repeating: 0, count: domain)
        var n = 0.0
        for case .value(let value) in reports where (0..<domain).contains(value) {
            seen[value] += 1
            n += 1
        }
        let q = 1 / (odds + Double(domain - 1))
        return seen.map { ($0 - n * q) / ((odds - 1) * q) }
    }
}
