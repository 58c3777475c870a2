// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct RenyiSearchTests {
    @Test("warm starts find the valley of the full search, wherever the last plan was")
    func warmStarts() {
        for delta in [1e-12, 1e-6, 0.05] {
            var search = RenyiSearch(delta: delta)
            for (multiplier, q, steps) in [
                (1.0, 0.01, 1000), (1.01, 0.01, 1000), (20, 0.01, 1000), (0.4, 0.5, 2), (300, 1e-4, 10), (2, 1, 50),
                (1, 0.01, 1000),
            ] {
                let plan = Plans.gaussian(multiplier: multiplier, q: q, steps: steps)
                let (ours, full) = (search.epsilon(of: plan), RenyiAccountant.epsilon(of: plan, delta: delta))
                // A parabola through grid orders against twelve steps of golden section: a part in a thousand.
                #expect(
                    ours.epsilon >= full.epsilon * (1 - 1e-3) - 1e-12, "σ \(multiplier) δ \(delta): \(ours), \(full)")
                #expect(
                    ours.epsilon <= full.epsilon * (1 + 1e-3) + 1e-12, "σ \(multiplier) δ \(delta): \(ours), \(full)")
            }
        }
    }

    @Test("what has no price stays without one")
    func infinite() {
        var search = RenyiSearch(delta: 1e-6)
        #expect(search.epsilon(of: Plans.gaussian(multiplier: 0)).epsilon == .infinity)
        #expect(search.epsilon(of: Plans.gaussian(multiplier: 1)).epsilon < .infinity)
        #expect(search.epsilon(of: Plans.gaussian(multiplier: 0)).epsilon == .infinity)
    }

    @Test("δ by orders is the least of the grid, and converts back")
    func delta() {
        let plan = Plans.gaussian(multiplier: 1.2, q: 0.02, steps: 500)
        let curve = RenyiAccountant.curve(of: plan)
        for epsilon in [0.1, 1, 4, 20] {
            let ours = RenyiAccountant.delta(ofFlattened: plan, epsilon: epsilon)
            let grid = curve.delta(epsilon: epsilon).delta
            #expect(ours >= grid && ours <= grid * (1 + 1e-9))
            if ours < 1 { #expect(RenyiAccountant.epsilon(of: plan, delta: ours).epsilon <= epsilon * (1 + 1e-9)) }
        }
    }
}
