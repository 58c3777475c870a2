// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// accounting.json, as loosely typed rows. Numbers there are doubles or decimal strings of more digits.
enum GoldenAccounting {
    static var root: [String: Any] {
        guard let data = try? Golden.json("accounting.json") else { return [:] }
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    }

    /// The rows under `key`, each cell a number or nil (null).
    static func rows(_ key: String) -> [[Double?]] {
        (root[key] as? [[Any]] ?? []).map { $0.map(number) }
    }

    static func objects(_ key: String) -> [[String: Any]] { root[key] as? [[String: Any]] ?? [] }

    static func number(_ value: Any?) -> Double? {
        if let text = value as? String { return Double(text) }
        return (value as? NSNumber)?.doubleValue
    }
}

/// |a/b − 1|, also where both are zero.
func relativeError(_ a: Double, _ b: Double) -> Double { a == b ? 0 : abs(a - b) / abs(b) }
