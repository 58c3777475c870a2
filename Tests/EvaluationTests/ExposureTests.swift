// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Testing

struct ExposureTests {
    @Test("no lists: nothing is covered, and the rest is undefined")
    func nothing() {
        let exposure = ListExposure([[UInt32]](), popularity: [1, 2], users: 2)
        #expect(exposure.coverage == 0)
        #expect(exposure.gini == nil && exposure.novelty == nil && exposure.averagePopularity == nil)
    }

    @Test("all places on one item is the most uneven, all alike is 0; positions outside the catalogue do no harm")
    func extremes() {
        let one = ListExposure([[3], [3], [99]], popularity: [Double](repeating: 1, count: 10), users: 4)
        #expect(one.gini == 0.9 && one.coverage == 0.1)
        #expect(ListExposure([[0, 1], [2, 3]], popularity: [1, 1, 1, 1], users: 4).gini == 0)
    }

    @Test("lists of what is more popular than the histories have a lift, and rare tastes their share")
    func groups() {
        let popularity: [Double] = [100, 50, 10, 1]
        let users: [(history: [UInt32], list: [UInt32], figure: Double)] = [
            (history: [0], list: [0], figure: 0.9),  // as popular as the own: lift 1
            (history: [1], list: [0], figure: 0.6),  // lift 2
            (history: [3], list: [2], figure: 0.3),  // lift 10; the third of the rarest taste
        ]
        let groups = TasteGroups(users, popularity: popularity)
        #expect(abs((groups.popularityLift ?? 0) - 13.0 / 3) < 1e-12)
        #expect(abs((groups.tailShare ?? 0) - 0.5) < 1e-12)
    }

    @Test("without histories or lists the groups are undefined")
    func undefined() {
        let groups = TasteGroups([(history: [], list: [1], figure: 1)], popularity: [1, 1])
        #expect(groups.popularityLift == nil && groups.tailShare == nil)
        #expect(TasteGroups([(history: [0], list: [1], figure: 0)], popularity: [1, 1]).tailShare == nil)
    }
}
