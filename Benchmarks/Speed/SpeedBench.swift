// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Compliance
import Cryptography
import DPAccounting
import Foundation
import Ingestion
import Interactions
import Policies
import Records
import Storage
import Vault

/// `make bench`: ingestion, cohorts, single histories and erasure beside what the machine could do at best, in one run.
///
/// `SpeedBench ROWS` makes a file of events in random order and one sorted by user, a hundred rows a user, and works on a data
/// directory of its own in the temporary folder, which it removes. All rates are of processor time of this process.
@main
struct SpeedBench {
    static func main() throws {
        let rows = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        let users = max(1000, rows / 100)
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("discreet-bench-\(getpid())")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        print("\(rows) rows of \(users) users; rates per second of processor time")
        print("measure                                        ours        limit  ratio  (limit)")
        let files = try ["shuffled", "sorted"].map { order in
            let file = work.appendingPathComponent("\(order).csv")
            try Events.write(rows: rows, users: users, isSorted: order == "sorted", to: file)
            return file
        }
        let directory = try BenchDirectory(at: work.appendingPathComponent("data"))
        try ingest(files, rows, users, directory)
        try open(users, directory)
        try erase(users, directory)
        print("peak memory: \(Stopwatch.peakMebibytes) MiB")
    }

    private static func ingest(_ files: [URL], _ rows: Int, _ users: Int, _ directory: BenchDirectory) throws {
        let scan = try Stopwatch.rate(rows) { try Limits.countLines(in: files[0]) }
        let sealing = Stopwatch.rate(rows) { Limits.seal(histories: users) }
        let parsed = try Stopwatch.rate(rows) {
            let ingestor = Ingestor(catalogue: Catalogue(BenchDirectory.items), options: IngestOptions())
            _ = try ingestor.ingestTables([.file(files[0])]) { ($0.owners.count, 0) }
        }
        Table.print("parsed and grouped, rows", parsed, scan, "reading the bytes and counting lines")
        let first = try Stopwatch.rate(rows) { try directory.ingest(files[0]) }
        Table.print("parse to sealed, shuffled, rows", first, sealing, "sealing 1 KiB a hundred rows")
        let again = try Stopwatch.rate(rows) { try directory.ingest(files[0]) }
        Table.print("the same again, all duplicates, rows", again, sealing, "as above")
        let other = try BenchDirectory(at: directory.url.appendingPathExtension("sorted"))
        let sorted = try Stopwatch.rate(rows) { try other.ingest(files[1]) }
        Table.print("parse to sealed, sorted by user, rows", sorted, sealing, "as above")
    }

    private static func open(_ users: Int, _ directory: BenchDirectory) throws {
        let vault = directory.vault
        var members: [UserPseudonym] = []
        let listed = try Stopwatch.rate(users) { members = try vault.members(for: .train) }
        let opening = try Stopwatch.rate(users) { try Limits.open(histories: users) }
        let opened = try Stopwatch.rate(members.count) {
            let cohort = try vault.openCohort(of: members, for: .train, under: directory.grant(for: members))
            precondition(cohort.count == members.count)
        }
        Table.print("cohort opened, histories", opened, opening, "unwrapping keys, opening 1 KiB each")
        Table.print("members listed", listed, opening, "as above")
        let served = min(5000, users)
        let histories = try Stopwatch.rate(served) {
            for user in 0..<served { _ = try vault.history(of: vault.pseudonym(of: Events.userID(user * 7 % users))) }
        }
        Table.print("single histories, in random order", histories, opening, "as above")
    }

    private static func erase(_ users: Int, _ directory: BenchDirectory) throws {
        let eraser = Eraser(
            vault: directory.vault, ledger: directory.ledger,
            remains: Receipt.Remainder(basis: "legitimate-interest", years: 3))
        let one = try Stopwatch.rate(1) { _ = try eraser.erase([Events.userID(0)]) }
        print(String(format: "erase one user: %.0f ms of processor time (bar: 50)", 1000 / one))
        let many = min(10_000, users / 2)
        let bulk = try Stopwatch.rate(many) { _ = try eraser.erase((1...many).map(Events.userID)) }
        Table.print("erased in bulk, users", bulk, 2000, "the bar")
    }
}
