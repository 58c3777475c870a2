// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("recommending")
struct RecommendTests {
    private func items(_ story: Story, _ arguments: String...) throws -> [JSONObject] {
        let answer = try story.bench.run(["recommend", "--model", story.model, "--json"] + arguments)
        #expect(answer.code == 0, "\(answer.error)")
        return try answer.json().objects("results").first?.objects("items") ?? []
    }

    @Test("a user gets k items that they have not seen, best first")
    func unseenItemsBestFirst() throws {
        let story = try Story.told()
        let items = try items(story, "--user", story.users[0], "-k", "7")
        #expect(items.count == 7)
        #expect(Set(items.compactMap { $0.text("item") }).isDisjoint(with: story.itemsOfFirst))
        let scores = items.compactMap { $0.number("score") }
        #expect(scores == scores.sorted(by: >))
        #expect(items.allSatisfy { $0.text("title")?.isEmpty == false })
    }

    @Test("--include-seen brings seen items back")
    func seenItemsComeBack() throws {
        let story = try Story.told()
        let items = try items(story, "--user", story.users[0], "-k", "80", "--include-seen")
        #expect(items.count == 80)
    }

    @Test("--no-profile gives everybody the list of a user whom nobody knows, and reads nobody's history")
    func withoutAProfile() throws {
        let story = try Story.told()
        let nobody = try items(story, "--user", "nobody at all", "-k", "80")
        for own in [["--user", story.users[0]], ["--history", story.itemsOfFirst.joined(separator: ",")]] {
            let answer = try story.bench.run(
                ["recommend", "--model", story.model, "--json", "--no-profile", "--explain", "-k", "80"] + own)
            let found = try answer.json().objects("results").first?.objects("items") ?? []
            #expect(found.compactMap { $0.text("item") } == nobody.compactMap { $0.text("item") })
            #expect(found.compactMap { $0.number("score") } == nobody.compactMap { $0.number("score") })
            #expect(found.allSatisfy { $0.objects("because").isEmpty })
        }
    }

    @Test("shares of an explanation name own items and sum to 1")
    func sharesSumToOne() throws {
        let story = try Story.told()
        for item in try items(story, "--user", story.users[0], "-k", "3", "--explain") {
            let because = item.objects("because")
            #expect(Set(because.compactMap { $0.text("item") }).isSubset(of: story.itemsOfFirst))
            let sum = because.compactMap { $0.number("share") }.reduce(0, +)
            // A hundred Doubles near 1 are added: 1e-6 is far above their rounding and far below any share that matters.
            #expect(abs(sum - 1) < 1e-6)
        }
    }

    @Test("a history that is not stored gives what the stored one gives")
    func foldInAgrees() throws {
        let story = try Story.told()
        let stored = try items(story, "--user", story.users[0])
        let given = try items(story, "--history", story.itemsOfFirst.joined(separator: ","))
        #expect(stored.compactMap { $0.text("item") } == given.compactMap { $0.text("item") })
        let one = try story.bench.run("recommend", "--history", story.itemsOfFirst[0], "--json").json()
        #expect(one.objects("results").first?.members["user"] is NSNull)
    }

    @Test("a user whom nobody knows is a user with an empty history")
    func unknownUserIsEmpty() throws {
        let story = try Story.told()
        let answer = try story.bench.run("recommend", "--user", "nobody at all", "--model", story.model, "--json")
        #expect(answer.code == 0)
        #expect(try answer.json().objects("results").first?.text("user") == "nobody at all")
        let explained = try story.bench.run("recommend", "--user", "nobody at all", "--model", story.model, "--explain")
        #expect(explained.code == 0)
    }

    @Test("many users are CSV, on standard output or in a private file")
    func manyUsersAreCSV() throws {
        let story = try Story.told()
        let list = try story.bench.file("users.txt", story.users.prefix(3).joined(separator: "\r\n") + "\n\n")
        let answer = try story.bench.run("recommend", "--users", list, "-k", "2", "--model", story.model)
        let lines = answer.text.split(separator: "\n")
        #expect(lines.first == "user,rank,item,score")
        #expect(lines.count == 7)
        #expect(
            lines.dropFirst().map { $0.split(separator: ",")[0] }
                == story.users.prefix(3).flatMap { [$0[...], $0[...]] })
        let file = story.bench.place("lists.csv").path
        let written = try story.bench.run("recommend", "--users", list, "-k", "2", "--model", story.model, "-o", file)
        #expect(written.code == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == answer.output)
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let fromInput = try story.bench.run(
            ["recommend", "--users", "-", "-k", "2", "--model", story.model],
            input: story.users.prefix(3).joined(separator: "\n"))
        #expect(fromInput.output == answer.output)
    }

    @Test("histories in a file are answered under the names in the file")
    func historiesInAFile() throws {
        let story = try Story.told()
        let file = try story.bench.file(
            "histories.csv", "user,item\nx,\(story.itemsOfFirst[0])\ny,\(story.itemsOfFirst[1])\n")
        let report = try story.bench.run("recommend", "--histories", file, "--model", story.model, "--json").json()
        #expect(Set(report.objects("results").compactMap { $0.text("user") }) == ["x", "y"])
    }

    @Test("a reader that leaves early ends the command quietly")
    func readerLeavesEarly() throws {
        let story = try Story.told()
        let list = try story.bench.file("everyone.txt", story.users.joined(separator: "\n"))
        let shell = Process()
        let errors = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        let command =
            "'\(try RunningCommand.binary().path)' recommend --users '\(list)' -k 80 --include-seen | head -n 1 >/dev/null"
        shell.arguments = ["-c", command]
        shell.environment = story.bench.environment
        shell.standardError = errors
        try shell.run()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        #expect(said.isEmpty, "\(String(decoding: said, as: UTF8.self))")
    }

    @Test("an answer that cannot be written is 74")
    func unwritableFileIs74() throws {
        let story = try Story.told()
        let nowhere = story.bench.place("nosuch/lists.csv").path
        let answer = try story.bench.run("recommend", "--user", story.users[0], "-o", nowhere)
        #expect(answer.code == 74)
        #expect(answer.output.isEmpty)
    }
}
