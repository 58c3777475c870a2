// SPDX-License-Identifier: Apache-2.0

package import GRDB

/// The settings that the promises of DESIGN section 5 rest on. Each is read back: SQLite ignores what it cannot do.
package enum Pragmas {
    /// Name, value to set, value to read back.
    package static let perConnection: [(name: String, set: String, readBack: String)] = [
        // GRDB lowers this to NORMAL when it sets up WAL itself (PLATFORM section 0): ours is set after it has opened.
        ("synchronous", "FULL", "2"),
        ("secure_delete", "ON", "1"),
        ("temp_store", "MEMORY", "2"),
        ("trusted_schema", "OFF", "0"),
        ("foreign_keys", "ON", "1"),
        ("cell_size_check", "ON", "1"),
    ]

    /// Switches the file to a write-ahead log; it stays so.
    package static func writeAheadLog(_ database: Database) throws {
        guard try value(database, "journal_mode = WAL") == "wal" else {
            throw StorageError.pragmaRefused(name: "journal_mode")
        }
    }

    /// Sets what a connection forgets, then reads everything back.
    package static func setAndAssert(_ database: Database) throws {
        for pragma in perConnection { try database.execute(sql: "PRAGMA \(pragma.name) = \(pragma.set)") }
        // No promise, only speed: 32 MiB of pages, so that a batch in pseudonym order reads each page once.
        try database.execute(sql: "PRAGMA cache_size = -32768")
        try assert(database)
    }

    /// - Throws: `StorageError.pragmaRefused` with the first setting that is not as it must be.
    package static func assert(_ database: Database) throws {
        for pragma in perConnection where try value(database, pragma.name) != pragma.readBack {
            throw StorageError.pragmaRefused(name: pragma.name)
        }
        guard try value(database, "journal_mode") == "wal" else {
            throw StorageError.pragmaRefused(name: "journal_mode")
        }
    }

    private static func value(_ database: Database, _ pragma: String) throws -> String? {
        try String.fetchOne(database, sql: "PRAGMA \(pragma)")
    }
}
