// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

/// Erasing from files that are too large to be rewritten, while another process (this one) has them open.
@Suite("erasing from large files")
struct LargeFilesTests {
    /// A table of each file, and its column besides the key.
    private static let tables = ["vault.sqlite": ("heads", "sealed"), "keys.sqlite": ("keys", "wrapped")]

    private func queue(_ name: String, _ bench: CommandBench) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: "\(bench.data)/\(name)")
        try queue.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA cache_size = -65536; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY")
        }
        return queue
    }

    @Test("pages that another process has in memory, and writes later, do not bring back what was overwritten")
    func pagesOfAnotherProcess() throws {
        let bench = try LargeFiles.start()
        try LargeFiles.plant(in: bench)
        let files = try LargeFiles.names.map { name in
            let (table, column) = try #require(Self.tables[name])
            return (queue: try queue(name, bench), table: table, column: column)
        }
        // Every page of the table.
        for file in files { _ = try file.queue.read { try Row.fetchAll($0, sql: "SELECT * FROM \(file.table)") } }
        #expect(try bench.run("erase", "--user", Story.told().users[7]).code == 0)
        #expect(try LargeFiles.planted(in: bench) == 0)
        for (queue, table, column) in files {
            try queue.write { database in
                // Other bytes, then the same again: each page is written.
                try database.execute(
                    sql: """
                        CREATE TEMP TABLE copy (pseudonym BLOB PRIMARY KEY, value BLOB);
                        INSERT INTO copy SELECT pseudonym, \(column) FROM \(table);
                        UPDATE \(table) SET \(column) = zeroblob(length(\(column)));
                        UPDATE \(table) SET \(column) =
                            (SELECT value FROM copy WHERE copy.pseudonym = \(table).pseudonym);
                        """)
            }
            _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            #expect(try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
        }
        #expect(try LargeFiles.planted(in: bench) == 0)
        #expect(try bench.run("verify").code == 0)
    }

    @Test("while another process reads, nothing is overwritten under it; the next command ends the erasure")
    func readerHoldsTheLog() throws {
        let bench = try LargeFiles.start()
        try LargeFiles.plant(in: bench)
        let reader = try HeldReader("\(bench.data)/keys.sqlite")
        #expect(try bench.run("erase", "--user", Story.told().users[7]).code == 75)
        try reader.release()
        #expect(try bench.json("status").members["due"] as? [String] == [])
        #expect(try LargeFiles.planted(in: bench) == 0)
        #expect(try bench.run("verify").code == 0)
    }
}
