// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// Optimised unary encoding.
///
/// Two values differ in two bits. Bit x: P(1|1)/P(1|0) = ½(e^ε + 1), P(0|1)/P(0|0) = ½(e^ε + 1)/e^ε; the other bit the inverse:
/// the worst product is ½(e^ε + 1)·e^ε/(½(e^ε + 1)) = e^ε. A 0 becomes 1 with probability e^(−ε)/(1 + e^(−ε)): a fair pick of two
/// outcomes of which one is kept with probability e^(−ε), else again. □
struct UnaryEncoding {
    private let domain: Int
    private let odds: Double
    private let coin: ExponentialCoin

    init(_ randomizer: LocalRandomizer) {
        (domain, odds) = (randomizer.domain, randomizer.odds)
        coin = ExponentialCoin(rate: randomizer.epsilon)
    }

    func report<Words: WordSource & ~Copyable>(_ value: Int, using words: inout Words) -> [Int] {
        (0..<domain).filter { $0 == value ? words.next() & 1 == 1 : coin.isUnlikelier(using: &words) }
    }

    /// E[seen(x)] = n·q + count(x)·(½ − q), q = 1/(e^ε + 1).
    func frequencies(_ reports: some Sequence<LocalReport>) -> [Double] {
        var seen = [Double](repeating: 0, count: domain)
        var n = 0.0
        for case .bits(let bits) in reports {
            for bit in bits where (0..<domain).contains(bit) { seen[bit] += 1 }
            n += 1
        }
        let q = 1 / (odds + 1)
        return seen.map { ($0 - n * q) / (0.5 - q) }
    }
}

extension ExponentialCoin {
    /// True with probability e^(−rate)/(1 + e^(−rate)).
    func isUnlikelier<Words: WordSource & ~Copyable>(using words: inout Words) -> Bool {
        while true {
            if words.next() & 1 == 0 { return false }
            if lands(gap: 1, using: &words) { return true }
        }
    }
}
