// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// Hadamard response: an index y of 0 ..< K, K the power of two above d; x's own half are the y with an even number of bits in
/// common with x + 1.
///
/// The half is kept with probability e^ε/(1 + e^ε), and y is uniform in it: each y has one of two probabilities that differ by e^ε
/// (both halves have K/2 members, since x + 1 ≠ 0). Two values' halves share K/4. □
struct HadamardResponse {
    private let domain: Int
    private let odds: Double
    private let coin: ExponentialCoin
    /// K.
    let size: Int

    init(_ randomizer: LocalRandomizer) {
        (domain, odds) = (randomizer.domain, randomizer.odds)
        coin = ExponentialCoin(rate: randomizer.epsilon)
        size = 1 << (Int.bitWidth - domain.leadingZeroBitCount)
    }

    /// Whether y is in x's own half.
    static func isOwn(_ x: Int, _ y: Int) -> Bool { ((x + 1) & y).nonzeroBitCount % 2 == 0 }

    func report<Words: WordSource & ~Copyable>(_ value: Int, using words: inout Words) -> Int {
        let wantsOwn = !coin.isUnlikelier(using: &words)
        while true {
            let y = Int(words.next() & UInt64(size - 1))
            if Self.isOwn(value, y) == wantsOwn { return y }
        }
    }

    /// P(y in x's half) = ½ for another value, e^ε/(1 + e^ε) for x: count(x) = Σ±1 over reports · (e^ε + 1)/(e^ε − 1), all x at
    /// once by the fast Walsh–Hadamard transform.
    func frequencies(_ reports: some Sequence<LocalReport>) -> [Double] {
        var seen = [Double](repeating: 0, count: size)
        for case .index(let y) in reports where (0..<size).contains(y) { seen[y] += 1 }
        return frequencies(ofCounts: seen)
    }

    /// The same from how often each y was reported; nothing where there are not K numbers.
    func frequencies(ofCounts counts: [Double]) -> [Double] {
        guard counts.count == size else { return [Double](repeating: 0, count: domain) }
        var seen = counts
        var half = 1
        while half < size {
            for start in stride(from: 0, to: size, by: 2 * half) {
                for i in start..<start + half {
                    (seen[i], seen[i + half]) = (seen[i] + seen[i + half], seen[i] - seen[i + half])
                }
            }
            half *= 2
        }
        return (0..<domain).map { seen[$0 + 1] * (odds + 1) / (odds - 1) }
    }
}
