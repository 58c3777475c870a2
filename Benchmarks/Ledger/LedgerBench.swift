// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions
import Policies
import Records

/// `LedgerBench USERS CLASSES [FOLDER]`: what operations of the ledger cost at a scale, in time and peak memory.
///
/// The file is made with the reservations of the ledger itself where there are few classes; where there are as many as
/// users, each gets two runs of its own choice by SQL, as a history of years would leave them.
@main
struct LedgerBench {
    static let id = "benchmark"
    static let day = Day(number: 20_000)

    let people: Int
    let classes: Int
    let folder: URL
    let policy: Policy
    let ledger: BudgetLedger
    private static let policyHash = PolicyHash(hex: String(repeating: "ab", count: 32))

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let people = Int(arguments[1]), let classes = Int(arguments[2]) else {
            print("usage: LedgerBench USERS CLASSES [FOLDER]")
            exit(64)
        }
        let folder = URL(
            fileURLWithPath: arguments.count > 3 ? arguments[3] : NSTemporaryDirectory() + "ledger-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { if arguments.count <= 3 { try? FileManager.default.removeItem(at: folder) } }
        guard let yaml = Policy.shipped("gdpr")?.replacing("epsilon: 6", with: "epsilon: 18") else { return }
        try BudgetLedger.create(in: folder, directoryID: id)
        try LedgerBench(
            people: people, classes: classes, folder: folder, policy: try Policy(yaml: yaml, file: "gdpr.yaml"),
            ledger: BudgetLedger(opening: folder, directoryID: id, key: key(), today: { day })
        ).run()
    }

    private static func key() throws -> HashKey { try HashKey(bytes: Array(repeating: 3, count: 32)) }

    private func run() throws {
        var members = (0..<people).compactMap { Self.user($0) }.sorted()
        if classes <= 100 { try fill(members) } else { try fillByHand(members) }
        show("the file", "\(size("ledger.sqlite") / 1_048_576) MiB")
        Self.startPeak()
        let someone = members[people / 2]
        try measure("spent(of:) one user") { _ = try ledger.statement(of: someone, policy: policy) }
        try measure("lower one user's limit") {
            try ledger.limit(members[1], to: EpsilonAmount(units: 17_000_000_000_000), policy: policy)
        }
        var classes = 0
        try measure("list classes") { classes = try ledger.classes(policy: policy).count }
        show("classes listed", "\(classes)")
        try measure("reserve and finish, ten users") {
            var few = Array(members[people / 3..<min(people, people / 3 + 10)])
            try reserve(9001, &few).finish()
        }
        try reserveAndFinish("everyone", 9002, &members)
        try reserveAndFinish("everyone, all steps given back", 9003, &members, early: true)
        var joined = (members + (people..<people + 1000).compactMap { Self.user($0) }).sorted()
        try reserveAndFinish("everyone and 1000 who joined", 9004, &joined)
        var most = Array(joined.dropLast(people / 100))
        try reserveAndFinish("99 of 100", 9005, &most)
        try measure("erase one user") {
            try ledger.moveToTombstone(someone, tombstone: [UInt8](repeating: 7, count: 32))
        }
        try measure("open, by another process") {
            _ = try BudgetLedger(opening: folder, directoryID: Self.id, key: Self.key(), today: { Self.day })
        }
        try measure("head") { _ = try ledger.head() }
        try measure("verify the log") { try check(ledger.verifyChain().differences) }
        try measure("verify the charges") { try check(ledger.verifyCharges().differences) }
    }

    /// Users whose histories differ: each further run charges a random part.
    private func fill(_ members: [UserPseudonym]) throws {
        var everyone = members
        try reserveAndFinish("the first run, everyone", 1, &everyone)
        for number in 1..<max(1, classes) {
            var part = members.enumerated().filter { Int($0.element.number >> 64 & 0xffff) % classes == number }
                .map(\.element)
            try reserveAndFinish("a part of \(part.count) leaves its class", 1 + number, &part)
        }
    }

    /// As many classes as users, each with two of some thousand runs.
    private func fillByHand(_ members: [UserPseudonym]) throws {
        var runs = 2
        while runs * (runs - 1) / 2 < people { runs += 1 }
        try measure("\(runs) runs of nobody") {
            for number in 0..<runs {
                var nobody: [UserPseudonym] = []
                try reserve(10_000 + number, &nobody, steps: 1 + number % 7).finish()
            }
        }
        try measure("filling \(people) classes by SQL") {
            let queue = try DatabaseQueue(path: folder.appendingPathComponent("ledger.sqlite").path)
            try queue.write { try Self.fill($0, members, runs: runs) }
            try queue.close()
        }
    }

    private static func fill(_ db: Database, _ members: [UserPseudonym], runs: Int) throws {
        try db.execute(sql: "DROP INDEX history_run")
        var sums: [AccountSums] = []
        for row in try Row.fetchAll(db, sql: "SELECT charged FROM run ORDER BY number") {
            let price = try JSONDecoder().decode(PlanPrice.self, from: Data((row[0] as String).utf8))
            sums.append(AccountSums(price))
        }
        let account = try db.makeStatement(sql: "INSERT INTO account (id, users, names, sums) VALUES (?, 1, ?, ?)")
        let history = try db.makeStatement(sql: "INSERT INTO history VALUES (?, ?)")
        let page = try db.makeStatement(sql: "INSERT OR REPLACE INTO page (start, users, accounts) VALUES (?, ?, ?)")
        var crowds = Array(repeating: (users: 0, names: UInt128(0)), count: runs)
        var pair = (0, 1)
        func bytes(_ number: UInt128) -> Data {
            Data((0..<16).map { UInt8(truncatingIfNeeded: number >> (120 - 8 * UInt128($0))) })
        }
        for (index, user) in members.enumerated() {
            let total = sums[pair.0] + sums[pair.1]
            try account.execute(arguments: [index + 1, bytes(user.number), try text(total)])
            for run in [pair.0, pair.1] {
                try history.execute(arguments: [index + 1, run + 1])
                crowds[run].users += 1
                crowds[run].names &+= user.number
            }
            pair = pair.1 + 1 < runs ? (pair.0, pair.1 + 1) : (pair.0 + 1, pair.0 + 2)
        }
        for start in stride(from: 0, to: members.count, by: 768) {
            let end = min(start + 768, members.count)
            var accounts = Data()
            for account in start..<end {
                for shift in stride(from: 56, through: 0, by: -8) {
                    accounts.append(UInt8(truncatingIfNeeded: (account + 1) >> shift))
                }
            }
            try page.execute(arguments: [
                start == 0 ? Data(count: 16) : Data(members[start].bytes),
                Data(Array(members[start..<end]).packedBytes), accounts,
            ])
        }
        for (run, crowd) in crowds.enumerated() {
            try db.execute(
                sql: "UPDATE run SET users = ?, names = ? WHERE number = ?",
                arguments: [crowd.users, bytes(crowd.names), run + 1])
        }
        try db.execute(sql: "CREATE INDEX history_run ON history (run)")
    }

    private static func text(_ sums: AccountSums) throws -> String {
        #"{"delta":"\#(sums.delta)","epsilon":"\#(sums.epsilon)","muSquared":"\#(sums.muSquared)","#
            + #""renyi":["\#(sums.renyi[0])","\#(sums.renyi[1])","\#(sums.renyi[2])"],"#
            + #""totalVariation":"\#(sums.totalVariation)","version":1}"#
    }

    private func reserve(_ number: Int, _ members: inout [UserPseudonym], steps: Int = 1) throws -> RunGrant {
        let event = DiscreteLaplaceEvent(
            scale: Rational(1000, 1 + Int64(number % 13))!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1),
            dimension: 10)
        let plan = RunPlan([RunPlan.Stretch(event: .discreteLaplace(event), count: steps)])
        return try ledger.reserve(
            RunRequest(
                run: RunID(hex: "c0ffee" + String(number, radix: 16)), kind: "count items", purpose: "statistics",
                plan: plan, epsilon: .infinity, delta: .zero),
            policy: policy, policyHash: Self.policyHash, members: &members)
    }

    private func reserveAndFinish(
        _ who: String, _ number: Int, _ members: inout [UserPseudonym], early: Bool = false
    ) throws {
        let asked = members.count
        var grant: RunGrant?
        try measure("reserve, \(who)") { grant = try reserve(number, &members) }
        if !early {
            // What the door compares: taken of each member, by whoever opens their histories.
            measure("digest of the members, \(who)") {
                guard var open = grant.take() else { return }
                if let step = open.next() { _ = consume step }
                grant = consume open
            }
        }
        try measure("finish, \(who)") { try grant.take()?.finish() }
        if members.count != asked { show("charged", "\(members.count) of \(asked)") }
    }

    private func check(_ differences: [String]) {
        for difference in differences.prefix(5) { show("DIFFERENCE", difference) }
    }

    private func measure(_ what: String, _ body: () throws -> Void) rethrows {
        let before = Self.processorTime()
        let time = try ContinuousClock().measure { try body() }
        let processor = String(format: "%.1f", (Self.processorTime() - before) * 1000)
        show(what, "\(milliseconds(time)) ms, of the processor \(processor)")
    }

    /// Seconds that this process has had, so that a busy machine does not count.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func milliseconds(_ time: Duration) -> String {
        String(format: "%.1f", Double(time.components.seconds) * 1000 + Double(time.components.attoseconds) / 1e15)
    }

    private func show(_ what: String, _ value: String) {
        let line = "ledger \(people)/\(classes): \(what): \(value); peak \(Self.peak()) MiB\n"
        FileHandle.standardOutput.write(Data(line.utf8))
    }

    private func size(_ file: String) -> Int {
        let path = folder.appendingPathComponent(file).path
        return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }

    /// Peak resident set since the last `startPeak`, by the kernel.
    private static func peak() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) / 1024
    }

    private static func startPeak() {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    /// User number `index`: a pseudonym as random as real ones (splitmix64).
    private static func user(_ index: Int) -> UserPseudonym? {
        var bytes: [UInt8] = []
        for half in 0..<2 {
            var z = UInt64(index * 2 + half) &+ 0x9E37_79B9_7F4A_7C15
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: z >> shift))
            }
        }
        return UserPseudonym(bytes: bytes)
    }
}
