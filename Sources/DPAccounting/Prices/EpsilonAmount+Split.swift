// SPDX-License-Identifier: Apache-2.0

extension Amount {
    /// `percent` hundredths of the amount, rounded down to a unit, and the rest: the parts sum to exactly the whole.
    ///
    /// For a run that needs a number first (1 % for a count, the rest for the run). Infinity splits into two infinities.
    /// - Precondition: `percent` in 0…100.
    public func split(percent: Int) -> (part: Amount, rest: Amount) {
        precondition((0...100).contains(percent), "percent is in 0…100")
        if isInfinite { return (.infinity, .infinity) }
        let share = Int64(percent)
        // (100·h + l)·p/100 = h·p + l·p/100, without overflow.
        let part = units / 100 * share + units % 100 * share / 100
        return (Amount(units: part), Amount(units: units - part))
    }
}
