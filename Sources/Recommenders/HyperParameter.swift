// SPDX-License-Identifier: Apache-2.0

/// One documented hyper-parameter of a model. All are public configuration: none may depend on the data.
public struct HyperParameter: Hashable, Sendable {
    /// The name in `--set key=value`.
    public let key: String
    /// What it is, with its unit.
    public let meaning: String
    /// The rule of the default, in words or numbers.
    public let defaultRule: String
    /// Smallest and largest value.
    public let range: ClosedRange<Double>
    /// Whether only whole numbers are allowed.
    public let isInteger: Bool
    /// Whether it is no number but `true` or `false` (1 or 0).
    public var isSwitch = false

    /// The range in words, for help and errors.
    public var rangeText: String {
        isSwitch
            ? "true or false"
            : isInteger
                ? "a whole number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
                : "a number from \(range.lowerBound) to \(range.upperBound)"
    }

    /// Reads a value.
    /// - Throws: `invalidSetting` if `text` is no such number.
    func value(_ text: String) throws(RecommenderError) -> Double {
        if isSwitch, let value = ["true": 1.0, "false": 0.0][text] { return value }
        guard !isSwitch, let value = isInteger ? Int(text).map(Double.init) : Double(text), range.contains(value) else {
            throw .invalidSetting(key: key, value: text, range: rangeText)
        }
        return value
    }
}

extension [HyperParameter] {
    /// The settings as numbers by key.
    /// - Throws: `unknownSetting` or `invalidSetting`, for the first bad key in alphabetical order.
    func values(_ settings: [String: String]) throws(RecommenderError) -> [String: Double] {
        var values: [String: Double] = [:]
        for (key, text) in settings.sorted(by: { $0.key < $1.key }) {
            guard let parameter = first(where: { $0.key == key }) else {
                throw .unknownSetting(key: key, known: map(\.key))
            }
            values[key] = try parameter.value(text)
        }
        return values
    }
}
