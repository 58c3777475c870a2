// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
public import Records

extension BudgetLedger {
    /// The day of the log's newest entry, if the clock has not come to it: the clock was wrong then, or is wrong now.
    ///
    /// Entries follow from each other by their chain, and what was spent stays spent on any day. Only a policy's period looks at
    /// days, and how it does so gives nothing back to a clock that was set back (`SpendingLimits.recent`).
    public func dayAheadOfClock() throws(LedgerError) -> Day? {
        try reading { db in
            let newest = "SELECT number, hash, entry FROM log ORDER BY number DESC LIMIT 1"
            guard let row = try Row.fetchOne(db, sql: newest) else { return nil }
            let day = try LogTable.entry(LogTable.Stored(row)).day
            return day > self.today() ? day : nil
        }
    }
}
