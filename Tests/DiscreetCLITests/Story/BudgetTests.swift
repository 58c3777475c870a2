// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("budgets and refusals")
struct BudgetTests {
    @Test("a user has paid for every run, and limit less spent remains")
    func everyRunIsPaid() throws {
        let story = try Story.told()
        let report = try story.bench.run("budget", "show", "--user", story.users[0], "--json").json()
        #expect(report.text("user") == story.users[0])
        #expect(report.number("limit", "epsilon") == 6)
        #expect(report.number("limit", "delta") == 1e-5)
        let spent = try #require(report.number("spent", "epsilon"))
        // 0.5 + 0.5 + 3 are the prices asked; the accounts may find less, never more.
        #expect(spent > 0 && spent <= 4)
        let charges = report.objects("charges")
        #expect(charges.count >= 3)
        for charge in charges {
            #expect(charge.text("run")?.isEmpty == false)
            #expect(charge.text("at")?.wholeMatch(of: /\d{4}-\d\d-\d\d.*/) != nil)
            #expect(charge.members["event"] != nil)
            #expect(charge.number("epsilon") != nil && charge.number("delta") != nil)
        }
    }

    @Test("a user whom nobody knows has spent nothing, and it is no error")
    func unknownUserHasSpentNothing() throws {
        let answer = try Story.told().bench.run("budget", "show", "--user", "nobody at all", "--json")
        #expect(answer.code == 0)
        #expect(try answer.json().number("spent", "epsilon") == 0)
        #expect(try answer.json().objects("charges").isEmpty)
    }

    @Test("classes hold every charged user")
    func classesHoldEveryone() throws {
        let classes = try Story.told().bench.run("budget", "list", "--json").json().objects("classes")
        #expect(classes.compactMap { $0.integer("users") }.reduce(0, +) == 300)
        #expect(classes.allSatisfy { $0.number("limit", "epsilon") == 6 })
    }

    @Test(
        "a run that the policy does not pay for is refused with 77 and charges nothing",
        arguments: [
            ["train", "mf", "--epsilon", "7"], ["train", "popularity", "--epsilon", "6.5"],
            ["train", "mf", "--not-private"], ["train", "mf", "--epsilon", "infinity"],
            ["count", "items", "--epsilon", "100"],
        ])
    func refusedRuns(command: [String]) throws {
        let story = try Story.told()
        let bench = try story.copy()
        let before = try bench.run("budget", "show", "--user", story.users[0], "--json").output
        let plain = try bench.run(command)
        #expect(plain.code == 77)
        #expect(plain.output.isEmpty)
        let answer = try bench.run(command + ["--json"])
        #expect(answer.code == 77)
        #expect(try answer.json().text("error", "code") == "refused")
        #expect(try bench.run("budget", "show", "--user", story.users[0], "--json").output == before)
    }

    @Test("an unknown hyper-parameter is wrong usage, and names those that there are")
    func unknownSettingIsUsage() throws {
        let answer = try Story.told().bench.run("train", "mf", "--epsilon", "1", "--set", "rnak=3")
        #expect(answer.code == 64)
        #expect(answer.error.contains("rnak") && answer.error.contains("rank"))
    }

    @Test("a charge edited by hand is found: exit code 1, and the document says so", .enabled(if: Python.isHere))
    func editedChargeIsFound() throws {
        let bench = try Story.told().copy()
        try Python.edit(bench, "update run set charged = replace(charged, '0.5', '0.4')")
        let answer = try bench.run("budget", "verify", "--json")
        #expect(answer.code == 1)
        #expect(try answer.json().flag("ok") == false)
        #expect(try bench.run("verify").code == 1)
    }

    @Test("a log entry that is missing or changed is found", .enabled(if: Python.isHere))
    func brokenLogIsFound() throws {
        for statement in [
            "delete from log where number = 3",
            """
            update log set number = case number when 3 then -4 when 4 then -3 else number end where number in (3, 4);
            update log set number = -number where number < 0
            """, "delete from log where number = (select max(number) from log)",
            "delete from log where number > 3",
            "insert into log (number, hash, entry) select 1 + max(number), hash, entry from log",
            "update log set entry = cast(replace(cast(entry as text), '0.5', '0.4') as blob) where cast(entry as text) like '%0.5%reserve%'",
        ] {
            let bench = try Story.told().copy()
            try Python.edit(bench, statement)
            let answer = try bench.run("verify", "--json")
            #expect(answer.code == 1, "\(statement)")
            #expect(try bench.run("budget", "verify").code == 1, "\(statement)")
        }
    }
}

/// Edits a ledger by hand, as an attacker would: with another SQLite than ours.
private enum Python {
    static let isHere = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    static func edit(_ bench: CommandBench, _ statement: String) throws {
        let edit = Process()
        edit.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        let program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()"
        edit.arguments = ["-c", program, bench.data + "/ledger.sqlite", statement]
        try edit.run()
        edit.waitUntilExit()
        #expect(edit.terminationStatus == 0)
    }
}
