// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Records

/// What shows that rows were written by a program that held the directory's key. Whoever can write the file and lacks the
/// key makes none of it.
///
/// * Each entry of the log has a keyed hash beside it.
/// * Each limit and tier has one, and so has the sum of them all (`MultisetHash`): none can be edited, added, taken away or
///   put back alone.
/// * What each run keeps of its members has one, and so has the sum; each entry that changes it binds it (`cohorts`), so that
///   a head kept elsewhere vouches for it against who holds the key.
/// * The seal, over the log's head and both sums, is renewed with each transaction: parts of different days do not fit.
///
/// All of yesterday's file together is consistent. A head that was kept elsewhere tells.
extension BudgetLedger {
    func stamp(ofEntry hash: String) -> [UInt8] { key.hash(Array("entry\u{0}\(hash)".utf8)) }

    /// - Parameter subject: A pseudonym (16 bytes) or a tombstone (32).
    func stamp(of rule: Rule, subject: [UInt8]) -> [UInt8] {
        let tier = Array((rule.tier ?? "").utf8)
        return key.hash(
            Array("rule\u{0}".utf8) + [UInt8(subject.count)] + subject + [rule.tier == nil ? 0 : 1]
                + Array("\(tier.count)\u{0}".utf8) + tier + Array((rule.epsilon?.description ?? "").utf8))
    }

    func stamp(ofRun id: String, _ crowd: Crowd) -> [UInt8] {
        key.hash(Array("run\u{0}\(id)\u{0}\(crowd.users)\u{0}\(crowd.names)".utf8))
    }

    /// What an entry says of all limits and tiers as they are after it: nothing, to who lacks the key.
    func rulesState(at index: Int, _ db: Database) throws -> String {
        Hex.encode(key.hash(Array("rules\u{0}\(index)\u{0}".utf8) + (try SealedSum.rules.read(db).bytes)))
    }

    /// What an entry says of what the runs keep of their members as it is after it: nothing, to who lacks the key.
    func cohortsState(at index: Int, _ db: Database) throws -> String {
        Hex.encode(key.hash(Array("cohorts\u{0}\(index)\u{0}".utf8) + (try SealedSum.cohorts.read(db).bytes)))
    }

    /// An entry's content with the state of the sums that its transaction leaves behind: those must be written before.
    func withCohorts(_ content: JSONValue, _ db: Database) throws -> JSONValue {
        guard case .object(var members) = content else { return content }
        members["cohorts"] = .string(try cohortsState(at: LogTable.last(db).count, db))
        return .object(members)
    }

    private func seal(count: Int, hash: String, _ db: Database) throws -> String {
        let sums = try SealedSum.allCases.flatMap { try $0.read(db).bytes }
        return Hex.encode(key.hash(Array("head\u{0}\(count)\u{0}\(hash)\u{0}".utf8) + sums))
    }

    /// Writes where the log ends, with its seal: the last thing in every transaction that changed something.
    /// - Parameter wasAuthentic: as the transaction found it. A broken seal stays broken: we do not sign for another hand.
    func renewSeal(wasAuthentic: Bool, _ db: Database) throws {
        let last = try LogTable.last(db)
        let seal = wasAuthentic ? try seal(count: last.count, hash: last.hash, db) : "broken"
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES ('head', ?)")
            .execute(arguments: ["\(last.count) \(last.hash) \(seal)"])
    }

    /// What stands beside the log; nil for a ledger in which nothing was done yet.
    func sealedHead(_ db: Database) throws -> SealedHead? {
        guard let text = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'head'") else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let count = Int(parts[0]) else {
            return SealedHead(count: -1, hash: "", isSealed: false)
        }
        let isSealed = try seal(count: count, hash: parts[1], db) == parts[2]
        return SealedHead(count: count, hash: parts[1], isSealed: isSealed)
    }

    /// Whether the end of the log and the sums are as we left them. One look; `verifyCharges` looks at all.
    func isAuthentic(_ db: Database) throws -> Bool {
        let last = try LogTable.last(db)
        guard let head = try sealedHead(db) else { return last.count == 0 }
        return head.isSealed && head.count == last.count && head.hash == last.hash
    }
}

struct SealedHead {
    let count: Int
    let hash: String
    /// Whether the seal is this directory's, over this head and the sums that stand beside it now.
    let isSealed: Bool
}

/// Sums of keyed hashes of rows, in `meta`.
enum SealedSum: String, CaseIterable {
    /// Of `rule` and `tombstone_rule`.
    case rules
    /// Of what runs keep of their members.
    case cohorts

    func read(_ db: Database) throws -> MultisetHash {
        let statement = try db.cachedStatement(sql: "SELECT value FROM meta WHERE key = ?")
        guard let text = try String.fetchOne(statement, arguments: [rawValue]) else { return .empty }
        guard let sum = Hex.decode(text).flatMap({ MultisetHash(bytes: $0) }) else {
            throw LedgerError.damaged("a sum of the ledger cannot be read")
        }
        return sum
    }

    func write(_ sum: MultisetHash, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)")
            .execute(arguments: [rawValue, Hex.encode(sum.bytes)])
    }

    func change(_ db: Database, _ body: (inout MultisetHash) -> Void) throws {
        var sum = try read(db)
        body(&sum)
        try write(sum, db)
    }
}
