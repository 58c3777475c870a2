// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Records

extension BudgetLedger {
    /// What the log knows of a reference.
    public enum ReferenceState: Equatable, Sendable {
        /// Begun now, or begun before with this content and not finished: the content is to be taken in.
        case open
        /// This content was taken in whole.
        case done
        /// Used before with other content.
        case other
    }

    /// Claims a reference for content, in one transaction with the look at the log. Durable when it returns.
    /// - Parameters:
    ///   - reference: Public: it stands in the log.
    ///   - content: A keyed hash of the content, in hexadecimal.
    public func begin(reference: String, content: String) throws(LedgerError) -> ReferenceState {
        try transaction { db in
            let found = try Self.reference(reference, db)
            if let found {
                if found.content != content { return .other }
                return found.isDone ? .done : .open
            }
            _ = try self.append("ingest", Self.entry(reference, content, "begun"), db)
            return .open
        }
    }

    /// Says that the content of a reference is in. Durable when it returns.
    public func finish(reference: String, content: String) throws(LedgerError) {
        try transaction { db in
            guard let found = try Self.reference(reference, db), !found.isDone else { return }
            _ = try self.append("ingest", Self.entry(reference, content, "done"), db)
        }
    }

    private static func entry(_ reference: String, _ content: String, _ state: String) -> JSONValue {
        .object(["reference": .string(reference), "content": .string(content), "state": .string(state)])
    }

    private static func reference(_ name: String, _ db: Database) throws -> (content: String, isDone: Bool)? {
        // Only the entries of these types are read; canonical JSON has one spelling of each.
        let types = ["ingest", "restore"].map(LogTable.condition).joined(separator: " OR ")
        let entries = try Row.fetchAll(
            db, sql: "SELECT number, hash, entry FROM log WHERE \(types) ORDER BY number")
        var found: (content: String, isDone: Bool)?
        for row in entries {
            let entry = try LogTable.entry(LogTable.Stored(row))
            // What was taken in since the backup is gone; what was there before is known by its content.
            if entry.type == "restore" { found?.isDone = false }
            guard entry.type == "ingest", entry.content["reference"]?.stringValue == name,
                let content = entry.content["content"]?.stringValue
            else { continue }
            found = (content, found?.isDone == true || entry.content["state"]?.stringValue == "done")
        }
        return found
    }
}
