// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions
import Records

extension BudgetLedger {
    /// Computes every charge again from the events in the log alone, and every account from its charges.
    ///
    /// A price is compared with what the accountant named in its entry gives, and with the bounds of an independent one; where
    /// there is none from below, the report says so and what was checked instead.
    /// Then: each reservation has its entry and each entry its reservation, settlements likewise; each account's sums are
    /// exactly the sum of its runs; and the members of a run are those who were charged, but for the erased.
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
            do { try check.releases(db) } catch LedgerError.damaged(let what) {
                check.note("\(what): the releases cannot be read")
            }
            do { try check.accounts(db) } catch LedgerError.damaged(let what) {
                check.note("\(what): the members cannot be read")
            }
            do { try check.cohorts(db) } catch LedgerError.damaged(let what) {
                check.note("\(what): the accounts cannot be read")
            }
            do { try check.seals(self, db) } catch LedgerError.damaged(let what) {
                check.note("\(what): the seals cannot be read")
            }
            return ChargeReport(charges: check.charges, differences: check.differences, notes: check.notes)
        }
    }
}

/// Compares the log with the runs, and the runs with the accounts.
private struct ChargeCheck {
    private(set) var differences: [String] = []
    private(set) var notes: [String] = []
    private(set) var charges = 0
    private let runs: [RunRow]
    private let byID: [String: RunRow]
    private var plans: [String: ReserveEntry] = [:]
    private var settled: Set<String> = []
    private var policy: String?
    /// The newest word on limits and tiers.
    private var rules: (index: Int, state: String)?
    /// The newest word on what runs keep of their members.
    private var kept: (index: Int, state: String)?
    private var releases: [String: JSONValue] = [:]
    private var bounds = ChargeBounds()

    init(runs: [RunRow]) {
        self.runs = runs
        byID = Dictionary(runs.map { ($0.id.hex, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func note(_ difference: String) { differences.append(difference) }

    mutating func follow(_ entry: LogEntry) {
        if let state = entry.content["rules"]?.stringValue { rules = (entry.index, state) }
        // Each of these changes what runs keep. Those without the word are of an earlier program, and stand before all that have it.
        if ["reserve", "erase", "readmit"].contains(entry.type) {
            let word = entry.content["cohorts"]?.stringValue
            if word == nil, let kept {
                note(
                    "entry \(entry.index) of the log does not say what the runs keep of their members, and entry \(kept.index) does"
                )
            }
            kept = word.map { (entry.index, $0) } ?? kept
        }
        switch entry.type {
        case "reserve": reserved(entry)
        case "settle": settled(entry)
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
        // By the accountant that the entry names: what it means never changes, so an entry from before there were tighter ones is
        // what it was, and one that names another than gave its figure is found.
        let price = PlanPrice(of: content.plan, delta: content.askedDelta, by: content.price.accountant.again)
        if !AccountSums(price).agrees(with: content.sums) {
            note(
                "run \(run): the log's price is not what its events cost (ε \(content.price.epsilon), not \(price.epsilon))"
            )
        }
        if let fault = bounds.fault(of: content.price, plan: content.plan, delta: content.askedDelta) {
            note("run \(run): the log's price \(fault)")
        }
        if !content.price.isSmallestOfItsOwn {
            note("run \(run): the log's price is not the smallest of the figures beside it")
        }
        if content.price.epsilon > .zero, !content.price.epsilon.isInfinite {
            let why = IndependentCheck.unfloored(content.plan)
            if let why = why ?? bounds.lack(of: content.price, plan: content.plan, delta: content.askedDelta) {
                notes.append("run \(run): \(why)")
            }
        }
        guard let row = byID[run] else { return note("run \(run) is in the log and not among the reservations") }
        if row.reservedAt != entry.index { note("run \(run) is reserved by another entry than it says") }
        if row.plan != content.plan || row.planned != content.price || row.delta != content.askedDelta
            || row.kind != content.kind || row.purpose != content.purpose || row.day != entry.day
        {
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
        let price = PlanPrice.ended(
            reserved.plan, delta: reserved.askedDelta, after: content.steps, by: reserved.price.accountant.again)
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
            let (key, run): (String, String) = (try row.get("key"), try row.get("run"))
            let entry = releases.removeValue(forKey: key)
            let hash = Hex.encode(BLAKE2b.hash(Array(try row.get("document") as Data)))
            if entry?["hash"]?.stringValue != hash || entry?["run"]?.stringValue != run {
                note("the release \(key) is not the one in the log")
            }
        }
        for key in releases.keys.sorted() { note("the release \(key) is in the log alone") }
    }

    /// Sums against histories, and the tables against each other.
    mutating func accounts(_ db: Database) throws {
        let prices = Dictionary(runs.map { ($0.number, $0.charged) }, uniquingKeysWith: { first, _ in first })
        // Both ascend, and are read side by side: as many classes as there are take no more memory than one.
        let histories = try Row.fetchCursor(db, sql: "SELECT account, run FROM history ORDER BY account, run")
        func nextCharge() throws -> (account: Int64, run: Int64)? {
            try histories.next().map { (try $0.get(0), try $0.get(1)) }
        }
        let accounts = try Row.fetchCursor(db, sql: "SELECT id, sums FROM account ORDER BY id")
        var known = SumsMemo<AccountSums>()
        var charge = try nextCharge()
        var (isForeign, isLost) = (false, false)
        while let row = try accounts.next() {
            let id: Int64 = try row.get(0)
            var sums = AccountSums.zero
            while let (account, run) = charge, account <= id {
                if account < id {
                    isLost = true
                } else if let price = prices[run] {
                    sums += price
                } else {
                    isForeign = true
                }
                charge = try nextCharge()
            }
            let stored = try? known.value(of: row.get(1)) { $0 }
            if stored != sums {
                note("account class \(id): the sums are not those of its runs")
            }
        }
        if isForeign { note("an account was charged for a run that is not among the reservations") }
        if isLost || charge != nil { note("there is a history of an account that does not exist") }
        try members(db)
        let lost = "SELECT EXISTS (SELECT 1 FROM tombstone WHERE account NOT IN (SELECT id FROM account))"
        if try Bool.fetchOne(db, sql: lost) == true { note("a row of tombstone has no account") }
        let shared = "SELECT EXISTS (SELECT 1 FROM tombstone GROUP BY account HAVING count(*) > 1)"
        if try Bool.fetchOne(db, sql: shared) == true { note("two rows of tombstone have one account") }
    }

    /// The pages against what the accounts say of their users.
    private mutating func members(_ db: Database) throws {
        var crowds: [Int64: Crowd] = [:]
        var last: UserPseudonym?
        var isAscending = true
        try MemberPage.forEach(db) { page in
            // Whoever lies at or past a page's start is looked for there: an empty page would hide them.
            guard let start = UserPseudonym(bytes: page.start) else { return isAscending = false }
            if let last, last >= start { isAscending = false }
            if let first = page.users.first, first < start || !page.users.isAscending { isAscending = false }
            last = page.users.last ?? last
            for (user, account) in zip(page.users, page.accounts) { crowds[account, default: .nobody] += Crowd(user) }
        }
        if !isAscending { note("a page of members is out of order, or names a member twice") }
        var isMiscounted = false
        let rows = try Row.fetchCursor(db, sql: "SELECT id, users, names FROM account")
        while let row = try rows.next() {
            let found = try crowds.removeValue(forKey: row.get(0)) ?? .nobody
            if try Crowd(users: row.get(1), namesData: row.get(2)) != found { isMiscounted = true }
        }
        if isMiscounted { note("an account class counts other users than it has") }
        if !crowds.isEmpty { note("a row of page has no account") }
    }

    /// Limits, tiers, and what runs keep of their members: written by who holds the key, and as the newest entry says.
    mutating func seals(_ ledger: BudgetLedger, _ db: Database) throws {
        for fault in try Rule.faults(ledger, db) { note(fault) }
        if let rules, try rules.state != ledger.rulesState(at: rules.index, db) {
            note(
                "the limits and tiers are not those of entry \(rules.index) of the log, the newest that speaks of them")
        }
        var sum = MultisetHash.empty
        for row in runs { if let crowd = row.crowd { sum.add(ledger.stamp(ofRun: row.id.hex, crowd)) } }
        if try sum != SealedSum.cohorts.read(db) {
            note("what the runs keep of their members was not written with this directory's key")
        }
        if let kept, try kept.state != ledger.cohortsState(at: kept.index, db) {
            note(
                "what the runs keep of their members is not what entry \(kept.index) of the log left, the newest that changes it"
            )
        }
    }

    /// The members who have a run in their history against the sum of those who were charged, of which erasures take away
    /// whom they take away.
    mutating func cohorts(_ db: Database) throws {
        let crowds = try RunRow.crowds(db)
        for row in runs where row.crowd != crowds[row.number] ?? .nobody {
            if row.crowd == nil { note("run \(row.id.hex): \(Crowd.damage)") }
            note("run \(row.id.hex): those who have it in their account are not those who were charged")
        }
    }
}
