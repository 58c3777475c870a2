// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Records

extension BudgetLedger {
    /// Computes every charge again from the events in the log alone, and every account from its charges.
    ///
    /// A price is compared with what the spending accountant gives today and with the lower bound of an independent one.
    /// Then: each reservation has its entry and each entry its reservation, settlements likewise; each account's sums are
    /// exactly the sum of its runs; and the members of a run are those who were charged, as long as none was erased since.
    public func verifyCharges() throws(LedgerError) -> ChargeReport {
        try reading { db in
            var check = ChargeCheck(runs: try RunRow.all(db))
            for row in try LogTable.rows(db) {
                guard let entry = try? LogEntry(parsing: row.bytes) else {
                    check.note("entry \(row.number) of the log cannot be read")
                    continue
                }
                check.follow(entry)
            }
            check.finishEntries()
            try check.releases(db)
            try check.accounts(db)
            try check.cohorts(db)
            return ChargeReport(charges: check.charges, differences: check.differences)
        }
    }
}

/// Compares the log with the runs, and the runs with the accounts.
private struct ChargeCheck {
    private(set) var differences: [String] = []
    private(set) var charges = 0
    private let runs: [RunRow]
    private let byID: [String: RunRow]
    private var plans: [String: ReserveEntry] = [:]
    private var settled: Set<String> = []
    private var lastErasure = -1
    private var policy: String?
    private var releases: [String: JSONValue] = [:]
    private var bounds = ChargeBounds()

    init(runs: [RunRow]) {
        self.runs = runs
        byID = Dictionary(runs.map { ($0.id.hex, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func note(_ difference: String) { differences.append(difference) }

    mutating func follow(_ entry: LogEntry) {
        switch entry.type {
        case "reserve": reserved(entry)
        case "settle": settled(entry)
        case "erase", "readmit": lastErasure = entry.index
        case "policy": policy = entry.content["hash"]?.stringValue
        case "release": if let key = entry.content["key"]?.stringValue { releases[key] = entry.content }
        default: break
        }
    }

    private mutating func reserved(_ entry: LogEntry) {
        guard let content = try? entry.content.decode(ReserveEntry.self) else {
            return note("entry \(entry.index) of the log is no reservation that can be read")
        }
        charges += 1
        let run = content.run.hex
        if plans.updateValue(content, forKey: run) != nil { note("run \(run) was reserved twice in the log") }
        if let policy, content.policy.hex != policy {
            note("run \(run) was admitted by a policy that was not in force")
        }
        let price = PlanPrice(of: content.plan, delta: content.askedDelta)
        if !AccountSums(price).agrees(with: content.sums) {
            note(
                "run \(run): the log's price is not what its events cost (ε \(content.price.epsilon), not \(price.epsilon))"
            )
        }
        if let fault = bounds.fault(of: content.price, plan: content.plan, delta: content.askedDelta) {
            note("run \(run): the log's price \(fault)")
        }
        guard let row = byID[run] else { return note("run \(run) is in the log and not among the reservations") }
        if row.reservedAt != entry.index { note("run \(run) is reserved by another entry than it says") }
        if row.plan != content.plan || row.planned != content.price {
            note("run \(run): the reservation is not the one in the log")
        }
    }

    private mutating func settled(_ entry: LogEntry) {
        guard let content = try? entry.content.decode(SettleEntry.self) else {
            return note("entry \(entry.index) of the log is no settlement that can be read")
        }
        let run = content.run.hex
        if !settled.insert(run).inserted { note("run \(run) was settled twice in the log") }
        guard let reserved = plans[run] else { return note("run \(run) was settled before it was reserved") }
        guard (0...reserved.plan.stepCount).contains(content.steps) else {
            return note("run \(run) was settled with more steps than its plan has")
        }
        let price = PlanPrice.ended(reserved.plan, delta: reserved.askedDelta, after: content.steps)
        if !AccountSums(price).agrees(with: content.sums) {
            note("run \(run): the log's charge is not what its \(content.steps) steps cost")
        }
        guard let row = byID[run] else { return }
        if row.settledAt != entry.index || row.steps != content.steps || row.charged != content.price {
            note("run \(run): the settlement is not the one in the log")
        }
    }

    /// Reservations and settlements that no entry speaks of.
    mutating func finishEntries() {
        for row in runs {
            let run = row.id.hex
            if plans[run] == nil { note("run \(run) is reserved without an entry in the log") }
            if row.settledAt != nil, !settled.contains(run) {
                note("run \(run) is settled without an entry in the log")
            }
            if row.settledAt == nil, settled.contains(run) { note("run \(run) is settled in the log alone") }
            if row.settledAt == nil, row.charged != row.planned {
                note("run \(run) is not settled, but charged otherwise")
            }
        }
    }

    /// Paid releases that are kept are those that the log names.
    mutating func releases(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT key, run, document FROM release ORDER BY key") {
            let entry = releases.removeValue(forKey: row["key"])
            let hash = Hex.encode(BLAKE2b.hash(Array(row["document"] as Data)))
            if entry?["hash"]?.stringValue != hash || entry?["run"]?.stringValue != (row["run"] as String) {
                note("the release \(row["key"] as String) is not the one in the log")
            }
        }
        for key in releases.keys.sorted() { note("the release \(key) is in the log alone") }
    }

    /// Sums against histories, and the tables against each other.
    mutating func accounts(_ db: Database) throws {
        let prices = Dictionary(runs.map { ($0.number, $0.charged) }, uniquingKeysWith: { first, _ in first })
        var sums: [Int64: AccountSums] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT account, run FROM history ORDER BY account, run") {
            guard let price = prices[row["run"]] else {
                note("an account was charged for a run that is not among the reservations")
                continue
            }
            sums[row["account"], default: .zero] += price
        }
        for row in try Row.fetchAll(db, sql: "SELECT id, sums FROM account ORDER BY id") {
            let id: Int64 = row["id"]
            let stored: AccountSums? = try? JSONText.decode(row["sums"])
            if stored != sums.removeValue(forKey: id) ?? .zero {
                note("account class \(id): the sums are not those of its runs")
            }
        }
        if !sums.isEmpty { note("there is a history of an account that does not exist") }
        let miscounted = """
            SELECT COUNT(*) FROM account LEFT JOIN (SELECT account, COUNT(*) AS users FROM member GROUP BY account) AS counted
            ON account.id = counted.account WHERE account.users <> COALESCE(counted.users, 0)
            """
        if try Int.fetchOne(db, sql: miscounted) != 0 { note("an account class counts other users than it has") }
        for table in ["member", "tombstone"] {
            let lost = "SELECT EXISTS (SELECT 1 FROM \(table) WHERE account NOT IN (SELECT id FROM account))"
            if try Bool.fetchOne(db, sql: lost) == true { note("a row of \(table) has no account") }
        }
    }

    /// The members who have a run in their history against the digest of who was charged. Erasure takes members away, so
    /// only runs since the last one can be compared.
    mutating func cohorts(_ db: Database) throws {
        for row in runs where row.reservedAt > lastErasure {
            var hasher = BLAKE2b.Hasher()
            let users = try Row.fetchCursor(
                db,
                sql: """
                    SELECT user FROM member WHERE account IN (SELECT account FROM history WHERE run = ?) ORDER BY user
                    """, arguments: [row.number])
            while let user = try users.next() { hasher.update(user["user"] as Data) }
            if Hex.encode(hasher.finalize()) != row.cohort.hex {
                note("run \(row.id.hex): those who have it in their account are not those who were charged")
            }
        }
    }
}
