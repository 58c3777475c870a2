// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import Foundation
import GRDB

extension BudgetLedger {
    /// A run as the ledger has it. Public.
    public struct RecordedRun: Hashable, Sendable {
        /// "count items", "train mf"…
        public let kind: String
        public let plan: RunPlan
        /// What each member was charged.
        public let epsilon: EpsilonAmount
        public let delta: DeltaAmount
    }

    /// The run with this id; nil if it was never reserved.
    public func recordedRun(_ run: RunID) throws(LedgerError) -> RecordedRun? {
        try reading { db in
            try RunRow.find(run, db).map {
                RecordedRun(kind: $0.kind, plan: $0.plan, epsilon: $0.charged.epsilon, delta: $0.charged.delta)
            }
        }
    }

    /// The hashes of all who were erased and not readmitted.
    public func tombstones() throws(LedgerError) -> [[UInt8]] {
        try reading { db in
            try Data.fetchAll(db, sql: "SELECT hash FROM tombstone ORDER BY hash").map { Array($0) }
        }
    }

    /// Runs `body` while no other process erases in this directory.
    /// - Returns: nil, without having run it, while another process does.
    public func whileErasing<Result>(_ body: () throws -> Result) throws -> Result? {
        guard let lock = try RunLock.take(locks.appending(path: "erasure").path) else { return nil }
        return try withExtendedLifetime(lock) { try body() }
    }
}
