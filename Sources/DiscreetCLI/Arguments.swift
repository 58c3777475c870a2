// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DPAccounting
import Discreet

/// ε as typed: a positive decimal number, or `infinity`.
struct EpsilonArgument: ExpressibleByArgument {
    let amount: EpsilonAmount

    /// ε = ∞: not private.
    static let infinity = EpsilonArgument(amount: .infinity)
    var isInfinite: Bool { amount.isInfinite }

    private init(amount: EpsilonAmount) { self.amount = amount }

    init?(argument: String) {
        if argument == "infinity" {
            amount = .infinity
        } else {
            // What is asked for is a limit, so digits behind the last unit are dropped.
            guard let amount = EpsilonAmount(decimal: argument, rounding: .down), amount > .zero else { return nil }
            self.amount = amount
        }
    }
}

/// δ as typed: a decimal number of at least 0 and below 1.
struct DeltaArgument: ExpressibleByArgument {
    let amount: DeltaAmount
    var isZero: Bool { amount == .zero }

    init?(argument: String) {
        guard let amount = DeltaAmount(decimal: argument, rounding: .down), amount.value < 1 else { return nil }
        self.amount = amount
    }
}

/// The noise of a count.
enum NoiseArgument: String, CaseIterable, ExpressibleByArgument {
    case laplace, gaussian
    var mechanism: CountRequest.Mechanism { self == .laplace ? .laplace : .gaussian }
}

/// `key=value` words as a dictionary.
enum Pairs {
    /// `--columns user=customer,item=sku`.
    static func columns(_ text: String?) throws -> [String: String] {
        try parse(text?.split(separator: ",").map(String.init) ?? [], option: "--columns")
    }

    /// - Throws: `ValidationError` where a word has no `=`, no key, or a key comes twice.
    static func parse(_ words: [String], option: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw ValidationError("\(option) takes key=value, not '\(word)'")
            }
            let key = String(word[..<equals])
            guard pairs.updateValue(String(word[word.index(after: equals)...]), forKey: key) == nil else {
                throw ValidationError("\(option) names '\(key)' twice")
            }
        }
        return pairs
    }
}
