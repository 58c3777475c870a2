// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport

/// `mechanisms.json`: exact laws (tools and digits inside the file).
enum MechanismsGolden {
    struct Law {
        let numerator: Int64
        let denominator: Int64
        /// Both signs.
        let law: [(outcome: Int64, probability: Double)]
        let variance: Double

        var parameter: Rational { Rational(numerator, denominator)! }
    }

    static func laws(_ key: String, parameter: String) throws -> [Law] {
        try entries(key).map { entry in
            let fraction = entry[parameter] as! [NSNumber]
            return Law(
                numerator: fraction[0].int64Value, denominator: fraction[1].int64Value,
                law: bothSigns(entry["pmf"] as! [[Any]]), variance: Double(entry["variance"] as! String)!)
        }
    }

    static func entries(_ key: String) throws -> [[String: Any]] { try file()[key] as! [[String: Any]] }

    static func file() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Golden.json("mechanisms.json")) as! [String: Any]
    }

    static func bothSigns(_ pmf: [[Any]]) -> [(outcome: Int64, probability: Double)] {
        pmf.flatMap { row -> [(outcome: Int64, probability: Double)] in
            let (outcome, probability) = ((row[0] as! NSNumber).int64Value, Double(row[1] as! String)!)
            return outcome == 0 ? [(outcome, probability)] : [(outcome, probability), (-outcome, probability)]
        }
    }
}
