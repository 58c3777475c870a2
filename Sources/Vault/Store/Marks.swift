// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions

/// Erasure marks as one transaction sees them.
struct Marks {
    /// How far an erasure has come; stored as the number. Equal in length on the disk, so that a change leaves nothing.
    enum State: Int {
        /// The intent is written; key, rows and spending may still be there.
        case pending = 2
        /// Only the logs have to be emptied; the pseudonym is blank.
        case untruncated = 3
        /// Done. The mark stays until the user is readmitted.
        case erased = 4
    }
    /// Takes a pseudonym's place once it may not be kept.
    static let blank = Data(count: UserPseudonym.byteCount)

    private let database: Database
    /// Most directories have no mark: then nobody's tombstone has to be computed.
    let isEmpty: Bool

    init(_ database: Database) throws {
        self.database = database
        isEmpty = try Int.fetchOne(database.cachedStatement(sql: "SELECT 1 FROM marks LIMIT 1")) == nil
    }

    /// Whether an erasure of the user was begun, and they were not readmitted since.
    func contains(tombstone: @autoclosure () -> [UInt8]) throws -> Bool {
        if isEmpty { return false }
        let statement = try database.cachedStatement(sql: "SELECT 1 FROM marks WHERE tombstone = ?")
        return try Int.fetchOne(statement, arguments: [Data(tombstone())]) != nil
    }

    /// All tombstones, and the pseudonyms of pending erasures.
    func all() throws -> (tombstones: Set<[UInt8]>, pending: Set<UserPseudonym>) {
        var marks: (tombstones: Set<[UInt8]>, pending: Set<UserPseudonym>) = ([], [])
        let rows = try Row.fetchCursor(database, sql: "SELECT tombstone, pseudonym, state FROM marks")
        while let row = try rows.next() {
            marks.tombstones.insert([UInt8](row[0] as Data))
            if row[2] == State.pending.rawValue, let user = UserPseudonym(bytes: row[1] as Data) {
                marks.pending.insert(user)
            }
        }
        return marks
    }

    /// Tells live runs that somebody may have withdrawn.
    static func countChange(_ database: Database) throws {
        try database.execute(sql: "UPDATE vault SET changes = changes + 1 WHERE id = 1")
    }
}
