// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import GRDB
import Records

extension BudgetLedger {
    /// Charges the first `steps` releases of a reserved run and returns the others; durable when it returns.
    /// - Throws: `LedgerError.unknownRun`, `.alreadySettled`, `.tooManySteps`, `.busy`… The whole plan then stays charged.
    package func settle(_ run: RunID, steps: Int) throws(LedgerError) {
        try transaction { db in try self.settle(run, steps: steps, isOrphan: false, db) }
    }

    /// Settles the runs whose process has died, as charged in full, each with an entry. Runs that are alive, here or in
    /// another process, are left alone. Done at every open.
    ///
    /// One that damage keeps from being settled stays reserved, which is charged in full as well, and stops nobody else:
    /// `verifyCharges` names the damage.
    public func settleOrphans() throws(LedgerError) {
        for run in try openRuns() {
            guard case .free(let lock) = try RunLock.probe(lockPath(run)) else { continue }
            do {
                try settleOrphan(run)
            } catch {
                if case .damaged = error { continue }
                throw error
            }
            lock?.remove()
        }
    }

    private func settleOrphan(_ run: RunID) throws(LedgerError) {
        try transaction { db in
            // Its owner may have settled it since we looked.
            guard let row = try RunRow.find(run, db), row.settledAt == nil else { return }
            try self.settle(run, steps: row.plan.stepCount, isOrphan: true, db)
        }
    }

    /// The runs that are reserved and not settled.
    public func openRuns() throws(LedgerError) -> [RunID] { try reading { try RunRow.open($0) } }

    /// Those of them whose process is alive, this one or another.
    public func runsUnderWay() throws(LedgerError) -> [RunID] {
        var alive: [RunID] = []
        for run in try openRuns() {
            if case .held = try RunLock.probe(lockPath(run)) { alive.append(run) }
        }
        return alive
    }

    private func settle(_ run: RunID, steps: Int, isOrphan: Bool, _ db: Database) throws {
        guard let row = try RunRow.find(run, db) else { throw LedgerError.unknownRun(run) }
        guard row.settledAt == nil else { throw LedgerError.alreadySettled(run) }
        let planned = row.plan.stepCount
        guard (0...planned).contains(steps) else { throw LedgerError.tooManySteps(run) }
        let price = row.planned.ended(row.plan, delta: row.delta, after: steps)
        let content = SettleEntry(run: run, steps: steps, planned: planned, isOrphan: isOrphan, price: price)
        let entry = try append("settle", try content.json(), db)
        try db.execute(
            sql: "UPDATE run SET charged = ?, steps = ?, settled_at = ? WHERE number = ?",
            arguments: [try JSONText.encode(price), steps, entry.index, row.number])
        guard price != row.charged else { return }
        let accounts = try Int64.fetchAll(
            db, sql: "SELECT account FROM history WHERE run = ? ORDER BY account", arguments: [row.number])
        if accounts.count < 64 {
            for account in accounts { try Account.recompute(account, db) }
        } else {
            let prices = RunPrices(of: try RunRow.all(db))
            for account in accounts { try Account.recompute(account, prices: prices, db) }
        }
    }
}
