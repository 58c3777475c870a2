// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
public import Records

extension BudgetLedger {
    /// Adds an entry to the log; durable when it returns. For what is no charge and no erasure: "init", "policy"…
    /// - Parameter content: Public. No count of people, no user, no time finer than a day.
    @discardableResult
    public func appendLog(type: String, content: JSONValue) throws(LedgerError) -> LogEntry {
        try transaction { try self.append(type, content, $0) }
    }

    /// The same, for content that says which entry it is: signed with its index, it cannot be put in another place.
    @discardableResult
    public func appendLog(type: String, content: (_ index: Int) throws -> JSONValue) throws(LedgerError) -> LogEntry {
        try transaction { try self.append(type, try content(LogTable.last($0).count), $0) }
    }

    /// The whole log, first entry first.
    public func entries() throws(LedgerError) -> [LogEntry] {
        try reading { try LogTable.rows($0).map { try LogTable.entry($0) } }
    }

    /// The entries of one type, first entry first, without reading the others: in canonical form the type stands last.
    public func entries(ofType type: String) throws(LedgerError) -> [LogEntry] {
        let ending = "\"type\":\"\(type)\"}"
        return try reading { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT number, hash, entry FROM log WHERE CAST(substr(entry, ?) AS TEXT) = ? ORDER BY number
                    """, arguments: [-ending.utf8.count, ending]
            ).map {
                try LogTable.entry(
                    LogTable.Stored(number: $0["number"], hash: $0["hash"], bytes: Array($0["entry"] as Data)))
            }
        }
    }

    /// How many entries there are and the hash of the last (64 zeros for none), as of today.
    public func head() throws(LedgerError) -> LogHead {
        try reading { db in
            let last = try LogTable.last(db)
            return LogHead(count: last.count, hash: last.hash, day: self.today())
        }
    }

    /// The policy of the newest "policy" entry; nil where none was logged.
    static func policyInForce(_ db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'policy'")
    }

    /// Adds an entry within a transaction.
    func append(_ type: String, _ content: JSONValue, _ db: Database) throws -> LogEntry {
        let last = try LogTable.last(db)
        let entry = LogEntry(index: last.count, previous: last.hash, day: today(), type: type, content: content)
        try db.execute(
            sql: "INSERT INTO log VALUES (?, ?, ?)",
            arguments: [entry.index, try entry.hash(), Data(try entry.bytes())])
        // A second place for the head, so that a log cut short by a slip is found without a kept head.
        try db.execute(
            sql: "INSERT OR REPLACE INTO meta VALUES ('head', ?)", arguments: ["\(entry.index + 1) \(try entry.hash())"]
        )
        if type == "policy", let hash = content["hash"]?.stringValue {
            try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('policy', ?)", arguments: [hash])
        }
        return entry
    }
}

/// The rows of the log.
enum LogTable {
    struct Stored {
        let number: Int
        let hash: String
        let bytes: [UInt8]
    }

    /// How many entries, and what the next one points to.
    static func last(_ db: Database) throws -> (count: Int, hash: String) {
        guard let row = try Row.fetchOne(db, sql: "SELECT number, hash FROM log ORDER BY number DESC LIMIT 1") else {
            return (0, LogEntry.noPrevious)
        }
        return (row["number"] + 1, row["hash"])
    }

    static func rows(_ db: Database) throws -> [Stored] {
        try Row.fetchAll(db, sql: "SELECT number, hash, entry FROM log ORDER BY number").map {
            Stored(number: $0["number"], hash: $0["hash"], bytes: Array($0["entry"] as Data))
        }
    }

    static func entry(_ stored: Stored) throws -> LogEntry {
        do {
            return try LogEntry(parsing: stored.bytes)
        } catch {
            throw LedgerError.damaged("entry \(stored.number) of the log cannot be read")
        }
    }
}
