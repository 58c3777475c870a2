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

/// The least of a function with one valley in [lower, upper], by golden section: where, and how deep; of what was evaluated.
func leastByGoldenSection(
    _ lower: Double, _ upper: Double, rounds: Int, _ value: (Double) -> Double
) -> (at: Double, value: Double) {
    let ratio = 0.618_033_988_749_894_9
    var (a, b) = (lower, upper)
    var (left, right) = (b - ratio * (b - a), a + ratio * (b - a))
    var (atLeft, atRight) = (value(left), value(right))
    for _ in 0..<rounds {
        if atLeft <= atRight {
            (b, right, atRight) = (right, left, atLeft)
            left = b - ratio * (b - a)
            atLeft = value(left)
        } else {
            (a, left, atLeft) = (left, right, atRight)
            right = a + ratio * (b - a)
            atRight = value(right)
        }
    }
    return atLeft <= atRight ? (left, atLeft) : (right, atRight)
}
