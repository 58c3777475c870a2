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
/// `SpeedBench ROWS USERS` makes a file of events in random order and one sorted by user, a hundred rows a user, and for the erasures
/// a directory of USERS people who have all taken part in a run; all in the temporary folder, which it removes. All rates are of
/// processor time of this process, the kernel's for it included. A bar is what issue 3 asks for.
@main
struct SpeedBench {
    static func main() throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let rows = numbers.first ?? 1_000_000
        let users = max(1000, rows / 100)
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("discreet-bench-\(getpid())")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        print("\(rows) rows of \(users) users; rates per second of processor time")
        Table.printHead()
        if rows > 0 { try ingestAndOpen(rows, users, work) }
        print("peak memory: \(Stopwatch.peakMebibytes) MiB")
        let people = numbers.dropFirst().first ?? users
        if people > 0 { try erase(people, work) }
    }

    private static func ingestAndOpen(_ rows: Int, _ users: Int, _ work: URL) throws {
        let files = try ["shuffled", "sorted"].map { order in
            let file = work.appendingPathComponent("\(order).csv")
            try Events.write(rows: rows, users: users, isSorted: order == "sorted", to: file)
            return file
        }
        let directory = try BenchDirectory(at: work.appendingPathComponent("data"))
        try ingest(files, rows, users, directory)
        try open(users, directory)
        for name in try FileManager.default.contentsOfDirectory(atPath: work.path) {
            try FileManager.default.removeItem(at: work.appendingPathComponent(name))
        }
    }

    private static func ingest(_ files: [URL], _ rows: Int, _ users: Int, _ directory: BenchDirectory) throws {
        let scan = try Stopwatch.rate(rows) { try Limits.countLines(in: files[0]) }
        let sealing = Stopwatch.rate(rows) { Limits.seal(histories: users) }
        let parsed = try Stopwatch.rate(rows) {
            let ingestor = Ingestor(catalogue: Catalogue(BenchDirectory.items), options: IngestOptions())
            _ = try ingestor.ingestTables([.file(files[0])]) { ($0.owners.count, 0) }
        }
        Table.print("parsed and numbered, rows", parsed, scan, "reading the bytes and counting lines")
        let first = try Stopwatch.rate(rows) { try directory.ingest(files[0]) }
        Table.print("parse to sealed, shuffled, rows", first, sealing, "sealing 1 KiB a hundred rows", bar: 1_500_000)
        let again = try Stopwatch.rate(rows) { try directory.ingest(files[0]) }
        Table.print("the same again, all duplicates, rows", again, sealing, "as above")
        let other = try BenchDirectory(at: directory.url.appendingPathExtension("sorted"))
        let sorted = try Stopwatch.rate(rows) { try other.ingest(files[1]) }
        Table.print("parse to sealed, sorted by user, rows", sorted, sealing, "as above", bar: 1_500_000)
    }

    private static func open(_ users: Int, _ directory: BenchDirectory) throws {
        let vault = directory.vault
        var members: [UserPseudonym] = []
        let listed = try Stopwatch.rate(users) { members = try vault.members(for: .train) }
        let opening = try Stopwatch.rate(users) { try Limits.open(histories: users) }
        // The best of three: the first finds nothing in the caches.
        var opened = 0.0
        for _ in 0..<3 {
            let rate = try Stopwatch.rate(members.count) {
                let cohort = try vault.openCohort(of: members, for: .train, under: directory.grant(for: members))
                precondition(cohort.count == members.count)
            }
            opened = max(opened, rate)
        }
        Table.print("cohort opened, histories", opened, opening, "unwrapping keys, opening 1 KiB each", bar: 400_000)
        Table.print("members listed", listed, opening, "as above")
        let served = min(5000, users)
        let histories = try Stopwatch.rate(served) {
            for user in 0..<served { _ = try vault.history(of: vault.pseudonym(of: Events.userID(user * 7 % users))) }
        }
        Table.print("single histories, in random order", histories, opening, "as above")
    }

    private static func erase(_ people: Int, _ work: URL) throws {
        let directory = try BenchDirectory(at: work.appendingPathComponent("people"))
        try directory.fill(people)
        print("erasing from \(people) people: \(directory.sizes)")
        let eraser = Eraser(
            vault: directory.vault, ledger: directory.ledger,
            remains: Receipt.Remainder(basis: "legitimate-interest", years: 3))
        for (who, id) in [("somebody", { Events.userID($0) }), ("nobody", { "nobody-\($0)" })] {
            let times = try (0..<11).map { number in
                try 1000 / Stopwatch.rate(1) { _ = try eraser.erase([id(number * (people / 20))]) }
            }
            print(
                String(
                    format: "erase %@: %.1f ms of processor time (median of 11; longest %.1f; bar: 50)", who,
                    times.sorted()[5], times.max() ?? 0))
        }
        let many = min(10_000, people / 2)
        let bulk = try Stopwatch.rate(many) { _ = try eraser.erase((1...many).map { Events.userID(people - $0) }) }
        Table.print("erased in bulk, users", bulk, 2000, "the bar", bar: 2000)
    }
}
