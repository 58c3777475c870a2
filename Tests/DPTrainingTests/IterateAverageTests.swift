// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DPTraining

struct IterateAverageTests {
    @Test(
        "averages the stated share from the end, at least the last step",
        arguments: [(0.4, [6, 7, 8, 9]), (0.0, [9]), (1.0, Array(0...9)), (0.04, [9])])
    func share(share: Double, steps: [Int]) {
        var average = IterateAverage(lastShare: share, of: 10)
        for step in 0..<10 { average.add([Double(step), 1], after: step) }
        let expected = Double(steps.reduce(0, +)) / Double(steps.count)
        #expect(average.mean == [expected, 1])
    }

    @Test("is empty for a run that stopped before its last part")
    func stopped() {
        var average = IterateAverage(lastShare: 0.5, of: 10)
        for step in 0..<5 { average.add([1], after: step) }
        #expect(average.mean == nil)
    }
}
