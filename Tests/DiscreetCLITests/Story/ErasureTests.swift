// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("erasing")
struct ErasureTests {
    @Test("the answer for a user who never was is the same, word for word")
    func unknownUserGetsTheSameWords() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let known = try bench.run("erase", "--user", story.users[0])
        let unknown = try bench.run("erase", "--user", "nobody at all")
        #expect(known.code == 0 && unknown.code == 0)
        #expect(known.output == unknown.output)
        #expect(known.error == unknown.error)
    }

    @Test("erased stays erased when the same file is ingested again")
    func erasedStaysErased() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let user = story.users[0]
        let spent = try bench.run("budget", "show", "--user", user, "--json").json().number("spent", "epsilon")
        let receipt = bench.place("\(UUID().uuidString).json").path
        let erased = try bench.run("erase", "--user", user, "--receipt", receipt, "--json").json()
        #expect(erased.integer("erased") == 1)
        #expect(erased.integer("pending") == 0)
        #expect(erased.text("receipt", "signature") != nil)
        #expect(try bench.run("verify", "--receipt", receipt).code == 0)

        let again = try bench.run("ingest", story.events, "--json").json()
        #expect(again.integer("accepted") == 0)
        #expect(again.integer("duplicates") == again.integer("read"))
        #expect(try bench.run("status", "--json").json().integer("users") == 299)
        // No history is left to fold in or to explain by.
        let lists = try bench.run("recommend", "--user", user, "--model", story.model, "--explain", "--json").json()
        let because = lists.objects("results").flatMap { $0.objects("items") }.flatMap { $0.objects("because") }
        #expect(because.isEmpty)
        // What was spent is still known, from the tombstone.
        #expect(try bench.run("budget", "show", "--user", user, "--json").json().number("spent", "epsilon") == spent)
        #expect(try bench.run("verify").code == 0)
        #expect(try bench.run("budget", "verify").code == 0)
    }

    @Test("a changed receipt does not verify")
    func changedReceiptFails() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let receipt = bench.place("\(UUID().uuidString).json")
        try bench.run("erase", "--user", story.users[1], "--receipt", receipt.path)
        let text = try String(contentsOf: receipt, encoding: .utf8)
        let year = try #require(text.firstMatch(of: /20\d\d-/)?.output)
        try Data(text.replacing(year, with: "1999-", maxReplacements: 1).utf8).write(to: receipt)
        let answer = try bench.run("verify", "--receipt", receipt.path, "--json")
        #expect(answer.code == 1)
        #expect(try answer.json().flag("ok") == false)
    }

    @Test("a list of users is erased as one")
    func listIsErased() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let list = try bench.file("\(UUID().uuidString).txt", story.users[2...4].joined(separator: "\n") + "\nnobody\n")
        #expect(try bench.run("erase", "--users", list, "--json").json().integer("erased") == 4)
        #expect(try bench.run("status", "--json").json().integer("users") == 297)
    }

    @Test("nothing of the user is found in any byte of the directory, in clear or under their key")
    func forensicsFindNothing() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let snapshot = bench.place("\(UUID().uuidString).snapshot").path
        #expect(try bench.run("forensics", "snapshot", "--user", story.users[5], "-o", snapshot).code == 0)
        // Power: before the erasure the search does find something, else it would prove nothing after it.
        let before = try bench.run("forensics", "search", snapshot, "--json")
        #expect(before.code == 1)
        #expect(try #require(before.json().integer("found")) > 0)
        try bench.run("erase", "--user", story.users[5])
        let after = try bench.run("forensics", "search", snapshot, "--json")
        #expect(after.code == 0)
        #expect(try after.json().integer("found") == 0)
        #expect(try bench.run("forensics", "search", snapshot).text.contains("0 found"))
    }
}
