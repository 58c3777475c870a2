// SPDX-License-Identifier: Apache-2.0

import Cryptography
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
    ///
    /// Those of `policy` and `preference` have an index (`Schema`): the condition stands in the statement as it does there.
    public func entries(ofType type: String) throws(LedgerError) -> [LogEntry] {
        guard !type.isEmpty, type.utf8.allSatisfy({ (97...122).contains($0) }) else { return [] }
        return try reading { db in
            try Row.fetchAll(
                db, sql: "SELECT number, hash, entry FROM log WHERE \(LogTable.condition(type)) ORDER BY number"
            ).map {
                try LogTable.entry(LogTable.Stored($0))
            }
        }
    }

    /// The newest entry of one type.
    public func newestEntry(ofType type: String) throws(LedgerError) -> LogEntry? {
        guard !type.isEmpty, type.utf8.allSatisfy({ (97...122).contains($0) }) else { return nil }
        return try reading { try LogTable.newest(type, $0) }
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
        try LogTable.newest("policy", db)?.content["hash"]?.stringValue
    }

    /// Adds an entry within a transaction.
    func append(_ type: String, _ content: JSONValue, _ db: Database) throws -> LogEntry {
        let last = try LogTable.last(db)
        let entry = LogEntry(index: last.count, previous: last.hash, day: today(), type: type, content: content)
        let bytes = try entry.bytes()
        let hash = Hex.encode(BLAKE2b.hash(bytes))
        try db.cachedStatement(sql: "INSERT INTO log (number, hash, entry, mac) VALUES (?, ?, ?, ?)")
            .execute(arguments: [entry.index, hash, Data(bytes), Data(stamp(ofEntry: hash))])
        return entry
    }
}

/// The rows of the log.
enum LogTable {
    struct Stored {
        let number: Int
        let hash: String
        let bytes: [UInt8]
        /// The keyed hash beside the entry.
        var mac: [UInt8]?

        /// - Parameter row: `number`, `hash`, `entry`.
        init(_ row: Row) throws {
            number = try row.get("number")
            hash = try row.get("hash")
            bytes = Array(try row.get("entry") as Data)
        }
    }

    /// Holds for the entries of a type (of letters). The partial indices are made for these very words.
    static func condition(_ type: String) -> String {
        let ending = "\"type\":\"\(type)\"}"
        return "CAST(substr(entry, -\(ending.utf8.count)) AS TEXT) = '\(ending)'"
    }

    static func newest(_ type: String, _ db: Database) throws -> LogEntry? {
        try Row.fetchOne(
            db,
            sql: "SELECT number, hash, entry FROM log WHERE \(condition(type)) ORDER BY number DESC LIMIT 1"
        ).map {
            try entry(Stored($0))
        }
    }

    /// How many entries, and what the next one points to.
    static func last(_ db: Database) throws -> (count: Int, hash: String) {
        let statement = try db.cachedStatement(sql: "SELECT number, hash FROM log ORDER BY number DESC LIMIT 1")
        guard let row = try Row.fetchOne(statement) else { return (0, LogEntry.noPrevious) }
        let (count, overflow) = try (row.get("number") as Int).addingReportingOverflow(1)
        guard !overflow else { throw LedgerError.damaged("an entry of the log has no place") }
        return (count, try row.get("hash"))
    }

    static func rows(_ db: Database) throws -> [Stored] {
        try Row.fetchAll(db, sql: "SELECT number, hash, entry, mac FROM log ORDER BY number").map {
            var stored = try Stored($0)
            stored.mac = try ($0.get("mac") as Data?).map { Array($0) }
            return stored
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
