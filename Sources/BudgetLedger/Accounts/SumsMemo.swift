// SPDX-License-Identifier: Apache-2.0

import DPAccounting

/// What was computed of sums before, by their text: accounts are many, what they have spent is seldom of many kinds.
///
/// Bounded, so that memory does not grow where it is.
struct SumsMemo<Value> {
    private static var most: Int { 65_536 }
    private var known: [String: Value] = [:]

    mutating func value(of text: String, _ compute: (AccountSums) throws -> Value) throws -> Value {
        if let value = known[text] { return value }
        let value = try compute(SumsText.decode(text))
        if known.count >= Self.most { known.removeAll(keepingCapacity: true) }
        known[text] = value
        return value
    }
}
