// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Records

extension BudgetLedger {
    /// Keeps a paid release, so that reading it again is free: it is public from here on. The log gets its hash.
    ///
    /// A key that is there already gets the new release; the log keeps the hashes of both.
    public func store(release document: JSONValue, key: String, run: RunID) throws(LedgerError) {
        try transaction { db in
            guard try RunRow.find(run, db) != nil else { throw LedgerError.unknownRun(run) }
            let bytes = try CanonicalJSON.bytes(document)
            _ = try self.append(
                "release",
                .object([
                    "key": .string(key), "run": .string(run.hex), "hash": .string(Hex.encode(BLAKE2b.hash(bytes))),
                ]), db)
            try db.execute(
                sql: "INSERT OR REPLACE INTO release VALUES (?, ?, ?)", arguments: [key, run.hex, Data(bytes)])
        }
    }

    /// A release that was paid for before.
    /// - Throws: `.notAuthentic` if it is not the one that the log's newest entry of this key names.
    public func release(forKey key: String) throws(LedgerError) -> JSONValue? {
        try reading { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT document FROM release WHERE key = ?", arguments: [key])
            else { return nil }
            let bytes = Array(try row.get(0) as Data)
            let logged = try self.logged(key, db)
            guard logged?["hash"]?.stringValue == Hex.encode(BLAKE2b.hash(bytes)) else {
                throw LedgerError.notAuthentic("a kept release")
            }
            return try JSONValue.parse(bytes)
        }
    }

    /// Whether a kept release is the one that the log's newest entry of its key names, and that entry is ours.
    public func isLogged(_ kept: KeptRelease) throws(LedgerError) -> Bool {
        try reading { db in
            let logged = try self.logged(kept.key, db)
            return logged?["hash"]?.stringValue == kept.hash && logged?["run"]?.stringValue == kept.run.hex
        }
    }

    /// The run of the newest release that is kept under a key with this beginning.
    public func newestRun(releasedUnder prefix: String) throws(LedgerError) -> RunID? {
        try reading { db in
            try String.fetchOne(
                db,
                sql: """
                    SELECT release.run FROM release JOIN run ON run.id = release.run
                    WHERE substr(release.key, 1, ?) = ? ORDER BY run.number DESC LIMIT 1
                    """, arguments: [prefix.count, prefix]
            ).map { RunID(hex: $0) }
        }
    }

    /// What the newest entry of a release's key says; nil where there is none, or it was not written with the key.
    func logged(_ key: String, _ db: Database) throws -> JSONValue? {
        let entries = try Row.fetchAll(
            db, sql: "SELECT hash, entry, mac FROM log WHERE \(LogTable.condition("release")) ORDER BY number DESC")
        for row in entries {
            guard let entry = try? LogEntry(parsing: Array(row.get(1) as Data)),
                entry.content["key"]?.stringValue == key
            else { continue }
            let (hash, mac): (String, Data?) = (try row.get(0), try row.get(2))
            let isOurs = mac.map { ConstantTime.areEqual(Array($0), self.stamp(ofEntry: hash)) }
            return try isOurs == true && entry.hash() == hash ? entry.content : nil
        }
        return nil
    }

    /// Whether any entry of the log, not the newest of its key alone, says that this run was released.
    func isReleased(_ run: RunID, _ db: Database) throws -> Bool {
        let entries = try Data.fetchCursor(
            db, sql: "SELECT entry FROM log WHERE \(LogTable.condition("release")) AND instr(entry, ?) > 0",
            arguments: [Data(run.hex.utf8)])
        while let bytes = try entries.next() {
            if try LogEntry(parsing: Array(bytes)).content["run"]?.stringValue == run.hex { return true }
        }
        return false
    }

    /// Every release that is kept, by key. Reading one costs nothing: it was paid for, and is public since.
    public func releases() throws(LedgerError) -> [KeptRelease] {
        try reading { db in
            try String.fetchAll(db, sql: "SELECT key FROM release ORDER BY key").map { try Self.kept($0, db) }
                .compactMap { $0 }
        }
    }

    /// One release with its run; nil if none is kept under this key.
    /// - Throws: `.damaged` if it is not the one that the log names.
    public func keptRelease(_ key: String) throws(LedgerError) -> KeptRelease? {
        try reading { try Self.kept(key, $0) }
    }

    private static func kept(_ key: String, _ db: Database) throws -> KeptRelease? {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT run, document FROM release WHERE key = ?", arguments: [key])
        else { return nil }
        guard let run = try RunRow.find(RunID(hex: row.get("run")), db) else {
            throw LedgerError.damaged("a release is of no run")
        }
        let bytes = Array(try row.get("document") as Data)
        return KeptRelease(
            key: key, run: run.id, kind: run.kind, day: run.day, epsilon: run.charged.epsilon,
            delta: run.charged.delta, hash: Hex.encode(BLAKE2b.hash(bytes)), document: try JSONValue.parse(bytes))
    }

    /// Whether this very request was reserved before.
    /// - Throws: `.runConflict` if its id was used for another.
    public func isReserved(_ request: RunRequest, policyHash: PolicyHash) throws(LedgerError) -> Bool {
        do {
            try reading { try RunRow.refuseReuse(of: request, policy: policyHash, $0) }
            return false
        } catch .alreadyReserved {
            return true
        }
    }
}

/// A release that was paid for, and the run that paid. Public.
public struct KeptRelease: Hashable, Sendable {
    public let key: String
    public let run: RunID
    /// What the run was: "count items", …
    public let kind: String
    public let day: Day
    /// What each member was charged.
    public let epsilon: EpsilonAmount
    public let delta: DeltaAmount
    /// BLAKE2b-256 of the document's bytes, as the log's entry has it.
    public let hash: String
    public let document: JSONValue
}
