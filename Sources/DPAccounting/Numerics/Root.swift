// SPDX-License-Identifier: Apache-2.0

/// A bracket [lower, upper] of the point where a monotone condition turns true, halved until it is narrow.
///
/// `holds` is false at `lower`, true at `upper`; both ends keep that property, so the caller takes the safe end.
/// At most `limit` evaluations; exact to the last bit if that many halvings reach it.
func bisect(
    lower: Double, upper: Double, relative: Double = 0, limit: Int = 200, _ holds: (Double) -> Bool
) -> (lower: Double, upper: Double) {
    var (low, high) = (lower, upper)
    for _ in 0..<limit where high - low > relative * abs(high) {
        let middle = low + (high - low) / 2
        if middle <= low || middle >= high { break }
        if holds(middle) { high = middle } else { low = middle }
    }
    return (low, high)
}
