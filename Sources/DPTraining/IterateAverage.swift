// SPDX-License-Identifier: Apache-2.0

/// The mean of the last iterates. Averaging takes noise out and is free: it looks at releases only
/// (Shamir, Zhang 2013, "suffix averaging").
struct IterateAverage {
    /// The first step, counted from 0, whose result is in the mean.
    private let start: Int
    private var sum: [Double] = []
    private var count = 0

    /// - Parameter share: The share of `steps`, from the end, that is averaged; at least the last one.
    init(lastShare share: Double, of steps: Int) {
        start = min(steps - 1, steps - Int((Double(steps) * share).rounded()))
    }

    mutating func add(_ parameters: [Double], after step: Int) {
        if step < start { return }
        if sum.isEmpty { sum = Array(repeating: 0, count: parameters.count) }
        for i in parameters.indices { sum[i] += parameters[i] }
        count += 1
    }

    /// nil as long as there is nothing in it: a run that was stopped early keeps its last iterate.
    var mean: [Double]? { count == 0 ? nil : sum.map { $0 / Double(count) } }
}
