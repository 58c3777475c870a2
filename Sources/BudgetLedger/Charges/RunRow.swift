// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Records

/// A reserved run as its row keeps it.
struct RunRow {
    let number: Int64
    let id: RunID
    let kind: String
    let purpose: String
    let day: Day
    let plan: RunPlan
    /// The δ at which the plan was priced.
    let delta: DeltaAmount
    let planned: PlanPrice
    /// What accounts are charged for it: `planned` until it is settled.
    let charged: PlanPrice
    /// How many steps were charged; nil until it is settled.
    let steps: Int?
    /// Who was charged and has not been erased since; nil where the row cannot say.
    let crowd: Crowd?
    /// The entries of the log.
    let reservedAt: Int
    let settledAt: Int?

    private static let columns =
        "number, id, kind, purpose, day, plan, delta, planned, charged, steps, users, names, reserved_at, settled_at"

    private init(_ row: Row) throws {
        number = try row.get("number")
        id = RunID(hex: try row.get("id"))
        kind = try row.get("kind")
        purpose = try row.get("purpose")
        guard let day = Day(try row.get("day") as String) else { throw LedgerError.damaged("a run has no day") }
        self.day = day
        plan = try JSONText.decode(row.get("plan"))
        delta = try JSONText.decode(row.get("delta"))
        planned = try Self.price(row.get("planned"))
        charged = try Self.price(row.get("charged"))
        steps = try row.get("steps")
        crowd = try Crowd(users: row.get("users"), names: row.get("names"))
        reservedAt = try row.get("reserved_at")
        settledAt = try row.get("settled_at")
    }

    /// A price of another format than ours would trap when it is added to an account.
    private static func price(_ text: String) throws -> PlanPrice {
        let price: PlanPrice = try JSONText.decode(text)
        guard price.renyi.count == AccountFormat.renyiOrders.count else {
            throw LedgerError.damaged("a price has another number of Rényi orders")
        }
        return price
    }

    static func find(_ id: RunID, _ db: Database) throws -> RunRow? {
        try Row.fetchOne(db, sql: "SELECT \(columns) FROM run WHERE id = ?", arguments: [id.hex]).map(RunRow.init)
    }

    /// Every run, in order of reservation.
    static func all(_ db: Database) throws -> [RunRow] {
        try Row.fetchAll(db, sql: "SELECT \(columns) FROM run ORDER BY number").map(RunRow.init)
    }

    /// The runs that an account was charged for, in order of reservation.
    static func charged(to account: Int64, _ db: Database) throws -> [RunRow] {
        let names = columns.split(separator: ", ").map { "run.\($0)" }.joined(separator: ", ")
        return try Row.fetchAll(
            db,
            sql: """
                SELECT \(names) FROM history JOIN run ON run.number = history.run
                WHERE history.account = ? ORDER BY run.number
                """, arguments: [account]
        ).map(RunRow.init)
    }

    /// Runs that were reserved and not settled: alive, or orphans.
    static func open(_ db: Database) throws -> [RunID] {
        try String.fetchAll(db, sql: "SELECT id FROM run WHERE settled_at IS NULL ORDER BY number").map(
            RunID.init(hex:))
    }

    /// Adds a reservation.
    /// - Returns: Its number.
    static func insert(
        _ request: RunRequest, price: PlanPrice, policy: PolicyHash, crowd: Crowd, entry: LogEntry,
        _ db: Database
    ) throws -> Int64 {
        let priceText = try JSONText.encode(price)
        try db.execute(
            sql: """
                INSERT INTO run (id, request, kind, purpose, day, plan, delta, policy, users, names, planned, charged, reserved_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                request.run.hex, try digest(of: request, policy: policy), request.kind, request.purpose,
                entry.day.description,
                try JSONText.encode(request.plan), try JSONText.encode(request.delta), policy.hex, crowd.users,
                crowd.namesData,
                priceText, priceText, entry.index,
            ])
        return db.lastInsertedRowID
    }

    /// Adds to each run those who joined its members, and takes away who left them: the erased and the readmitted.
    ///
    /// Every row is written, also without a change: an erasure of nobody does the same work. The sum is changed, not made anew:
    /// a row that another hand wrote stays one that it does not hold. One that cannot be read stays as it is, for the checks to
    /// name: damage to a run stops nobody's erasure but its members'.
    /// - Parameter trusting: of a schema without the sum: it is made of what is there.
    /// - Throws: `.damaged` for such a row whose members change.
    static func adjust(
        _ changes: [Int64: Crowd], trusting: Bool = false, _ ledger: BudgetLedger, _ db: Database
    ) throws {
        var sum = trusting ? MultisetHash.empty : try SealedSum.cohorts.read(db)
        let update = try db.cachedStatement(sql: "UPDATE run SET users = ?, names = ? WHERE number = ?")
        for row in try Row.fetchAll(db, sql: "SELECT number, users, names, id FROM run ORDER BY number") {
            let number: Int64 = try row.get(0)
            guard let before = try Crowd(users: row.get(1), names: row.get(2)) else {
                if changes[number, default: .nobody] == .nobody { continue }
                throw LedgerError.damaged(Crowd.damage)
            }
            let crowd = before + changes[number, default: .nobody]
            let id: String = try row.get(3)
            if !trusting { sum.remove(ledger.stamp(ofRun: id, before)) }
            try update.execute(arguments: [crowd.users, crowd.namesData, number])
            sum.add(ledger.stamp(ofRun: id, crowd))
        }
        try SealedSum.cohorts.write(sum, db)
    }

    /// Whether the id was used before, and for what.
    static func refuseReuse(of request: RunRequest, policy: PolicyHash, _ db: Database) throws {
        guard
            let used = try String.fetchOne(
                db, sql: "SELECT request FROM run WHERE id = ?", arguments: [request.run.hex])
        else { return }
        throw used == (try digest(of: request, policy: policy))
            ? LedgerError.alreadyReserved(request.run) : LedgerError.runConflict(request.run)
    }

    /// What makes two requests the same one.
    private static func digest(of request: RunRequest, policy: PolicyHash) throws -> String {
        struct Content: Encodable {
            let kind, purpose: String
            let plan: RunPlan
            let epsilon: EpsilonAmount
            let delta: DeltaAmount
            let notPrivate: Bool
            let policy: PolicyHash
        }
        let content = Content(
            kind: request.kind, purpose: request.purpose, plan: request.plan, epsilon: request.epsilon,
            delta: request.delta, notPrivate: request.notPrivate, policy: policy)
        return Hex.encode(BLAKE2b.hash(Array(try JSONText.encode(content).utf8)))
    }
}

/// Values of `DPAccounting` in text columns: JSON with sorted keys.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
