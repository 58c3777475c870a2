// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct GoodnessOfFitTests {
    @Test func criticalValuesAreNeverBelowTheGoldenOnesAndCloseToThem() throws {
        let table = try MechanismsGolden.file()["critical_values"] as! [String: Any]
        for row in table["chi2"] as! [[NSNumber]] where row[0].intValue >= 5 {
            let ours = GoodnessOfFit.criticalValue(degreesOfFreedom: row[0].intValue)
            #expect(ours >= row[1].doubleValue * (1 - 1e-3))
            #expect(ours <= row[1].doubleValue * 1.05)
        }
    }
}
