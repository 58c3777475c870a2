// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Golden `auditing.json`.
@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct ClopperPearsonTests {
    private func rows(_ key: String) throws -> [[Double]] {
        let file = try JSONSerialization.jsonObject(with: Golden.json("auditing.json")) as! [String: Any]
        return (file[key] as! [[Any]]).map { row in
            row.map { ($0 as? NSNumber)?.doubleValue ?? Double($0 as! String)! }
        }
    }

    @Test func limitsAreTheGoldenOnes() throws {
        for row in try rows("clopper_pearson") {
            let (k, n) = (Int(row[0]), Int(row[1]))
            #expect(abs(ClopperPearson.lower(successes: k, of: n, level: row[2]) - row[3]) <= 1e-9 * row[3])
            #expect(abs(ClopperPearson.upper(successes: k, of: n, level: row[2]) - row[4]) <= 1e-9 * row[4])
        }
    }

    @Test func boundsOfAttacksAreTheGoldenOnes() throws {
        for row in try rows("two_sided_attack") {
            let n = row[0...3].map { Int($0) }
            let bound = StochasticTester.epsilonLowerBound(
                falsePositives: n[3], of: n[2] + n[3], falseNegatives: n[1], of: n[0] + n[1], delta: row[4],
                confidence: row[5])
            #expect(abs(bound - row[8]) <= 1e-6)
        }
    }

    @Test func limitsHoldAsOftenAsTheySay() {
        // n = 50, p = 0.3: the chance that the lower limit at 5 % lies above p, summed exactly, is at most 5 %.
        var chance = 0.0
        for k in 0...50 {
            let choices = lgamma(51) - lgamma(Double(k + 1)) - lgamma(Double(51 - k))
            let mass = exp(choices + Double(k) * log(0.3) + Double(50 - k) * log(0.7))
            if ClopperPearson.lower(successes: k, of: 50, level: 0.05) > 0.3 { chance += mass }
        }
        #expect(chance <= 0.05 && chance > 0.01)
    }
}
