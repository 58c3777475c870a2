// SPDX-License-Identifier: Apache-2.0

extension CanonicalJSON {
    /// ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20), radix 10; −0 is "0".
    ///
    /// With value = 0.s₁…s_k · 10ⁿ in the fewest digits that read back as it, nearest to it among those: Swift's
    /// `description` finds the same digits and writes them otherwise.
    /// - Throws: `.notFinite`.
    static func text(of value: Double) throws(RecordsError) -> String {
        guard value.isFinite else { throw .notFinite }
        if value == 0 { return "0" }
        let (digits, n) = shortestDigits(of: value.magnitude)
        let k = digits.count
        let body: String
        if k <= n && n <= 21 {
            body = digits + String(repeating: "0", count: n - k)
        } else if 0 < n && n <= 21 {
            body = digits.prefix(n) + "." + digits.dropFirst(n)
        } else if -6 < n && n <= 0 {
            body = "0." + String(repeating: "0", count: -n) + digits
        } else {
            let exponent = n - 1 < 0 ? "e-\(1 - n)" : "e+\(n - 1)"
            body = (k == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst(1)) + exponent
        }
        return value < 0 ? "-" + body : body
    }

    /// The digits s₁…s_k, without zeros at either end, and n.
    private static func shortestDigits(of value: Double) -> (digits: String, n: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), whole.count - leading + exponent)
    }
}
