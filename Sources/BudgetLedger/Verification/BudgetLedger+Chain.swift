// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
public import Records

extension BudgetLedger {
    /// Follows the log's chain from the first entry to the last: nothing missing, edited, reordered or, as far as `kept`
    /// heads and the ledger's own tables can tell, cut off.
    /// - Parameter kept: Heads that were kept elsewhere, their signatures checked already. Without one, an end of the log
    ///   that was cut off together with everything that mentions it cannot be found.
    public func verifyChain(kept: [LogHead] = []) throws(LedgerError) -> ChainReport {
        try reading { db in
            let rows = try LogTable.rows(db)
            var check = ChainCheck()
            for row in rows { check.follow(row, stamp: self.stamp(ofEntry:)) }
            check.compare(
                head: try self.sealedHead(db),
                lastByRuns: try Int.fetchOne(
                    db, sql: "SELECT MAX(MAX(reserved_at, COALESCE(settled_at, 0))) FROM run"))
            for head in kept { check.compare(kept: head) }
            return ChainReport(entries: rows.count, differences: check.differences)
        }
    }
}

/// Follows a chain row by row.
private struct ChainCheck {
    private(set) var differences: [String] = []
    /// The hash of each entry as its bytes give it; nil where they cannot be read.
    private var hashes: [String?] = []
    private var previous = LogEntry.noPrevious

    mutating func follow(_ row: LogTable.Stored, stamp: (String) -> [UInt8]) {
        let index = hashes.count
        if row.number != index { differences.append("entry \(index) of the log is missing (found \(row.number))") }
        guard let entry = try? LogEntry(parsing: row.bytes), let hash = try? entry.hash() else {
            differences.append("entry \(row.number) of the log cannot be read")
            hashes.append(nil)
            previous = row.hash
            return
        }
        if entry.index != row.number {
            differences.append("entry \(row.number) of the log says that it is entry \(entry.index)")
        }
        if entry.previous != previous {
            differences.append("entry \(row.number) of the log does not follow from the one before")
        }
        if row.mac.map({ ConstantTime.areEqual($0, stamp(hash)) }) != true {
            differences.append("entry \(row.number) of the log was not written with this directory's key")
        }
        if hash != row.hash {
            differences.append("entry \(row.number) of the log has another hash than stands beside it")
        }
        hashes.append(hash)
        previous = hash
    }

    mutating func compare(head: SealedHead?, lastByRuns last: Int?) {
        let end = hashes.last.flatMap { $0 } ?? LogEntry.noPrevious
        if let head, !head.isSealed {
            differences.append(
                "the head of the log is not sealed with this directory's key, over what the ledger holds now")
        }
        if let head, head.count != hashes.count || head.hash != end {
            differences.append("the log does not end where the ledger says that it ends")
        } else if head == nil, !hashes.isEmpty {
            differences.append("the ledger does not say where its log ends")
        }
        if let last, last >= hashes.count {
            differences.append("the log is cut off: a run names entry \(last), the log ends before")
        }
    }

    mutating func compare(kept head: LogHead) {
        let found: String? =
            head.count == 0
            ? LogEntry.noPrevious
            : hashes.indices.contains(head.count - 1) ? hashes[head.count - 1] : nil
        if found != head.hash {
            differences.append(
                head.count > hashes.count
                    ? "the log has \(hashes.count) entries, fewer than the \(head.count) of the kept head of \(head.day)"
                    : "the log does not begin with what the kept head of \(head.day) covered (\(head.count) entries)")
        }
    }
}
