// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("what is stored of a person, shown to them")
struct AccessTests {
    private static let zoe = "zoe-of-the-kept-columns"
    private static let eva = "eva-of-the-kept-columns"

    /// A directory whose policy keeps a column, with one person's events in it.
    private func bench() throws -> CommandBench {
        let bench = try Story.told().copy()
        let policy = try String(contentsOfFile: bench.data + "/policy.yaml", encoding: .utf8)
        let keeping = try bench.file("\(UUID().uuidString).yaml", policy + "\nkeepColumns:\n- channel\n")
        let applied = try bench.run("policy", "apply", keeping)
        #expect(applied.code == 0, "\(applied.error)")
        #expect(applied.text.contains("channel instead of none"))
        let item = try Story.told().itemsOfFirst[0]
        let events = try bench.file(
            "\(UUID().uuidString).csv",
            "user,item,value,time,channel,age\n\(Self.zoe),\(item),2.5,1700000000,kept-of-zoe-in-the-shop,40\n\(Self.zoe),\(item),1,1700000001,,40\n"
        )
        #expect(try bench.json("ingest", events).integer("accepted") == 2)
        return bench
    }

    @Test("events, kept columns and purposes, as text, JSON and CSV; the log says that, not of whom")
    func shows() throws {
        let bench = try bench()
        let item = try Story.told().itemsOfFirst[0]
        let file = bench.place("\(UUID().uuidString).csv")
        let before = try bench.json("status").text("logHead", "hash")
        let text = try bench.run("users", "show", "--user", Self.zoe, "-o", file.path)
        #expect(text.code == 0 && text.text.contains(file.path), "\(text.error)")
        #expect(
            try String(contentsOf: file, encoding: .utf8)
                == "item,value,time,channel\n\(item),2.5,1700000000,kept-of-zoe-in-the-shop\n\(item),1.0,1700000001,\n")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let table = try bench.run("users", "show", "--user", Self.zoe).text
        #expect(table.contains("kept-of-zoe-in-the-shop") && table.contains("1700000001"))
        let report = try bench.json("users", "show", "--user", Self.zoe)
        let events = report.objects("events")
        #expect(events.map { $0.text("item") } == [item, item])
        #expect(events.first?.text("kept", "channel") == "kept-of-zoe-in-the-shop")
        #expect(events.last?.members["kept"] as? [String: String] == [:])
        #expect(report.text("purposes", "train") == "policy" && report.flag("damaged") == false)
        #expect(try bench.json("status").text("logHead", "hash") != before)
        #expect(try bench.run("verify").code == 0)
        // Not into the data directory.
        #expect(try bench.run("users", "show", "--user", Self.zoe, "-o", bench.data + "/zoe.csv").code == 64)
    }

    @Test(
        "of an unknown user, an erased one and one who has nothing the answer is the same; the kept columns leave with the user"
    )
    func unknownAndErased() throws {
        let bench = try bench()
        let snapshot = bench.place("\(UUID().uuidString).snapshot").path
        #expect(try bench.run("forensics", "snapshot", "--user", Self.zoe, "-o", snapshot).code == 0)
        #expect(try bench.run("forensics", "search", snapshot).code != 0, "it is there")
        #expect(try bench.run("erase", "--user", Self.zoe).code == 0)
        let search = try bench.run("forensics", "search", snapshot, "--json")
        #expect(try search.json().integer("found") == 0, "\(search.text)")
        let erased = try bench.run("users", "show", "--user", Self.zoe)
        let unknown = try bench.run("users", "show", "--user", Self.eva)
        #expect(erased.code == 0 && unknown.code == 0 && erased.error == unknown.error)
        #expect(erased.text.replacing(Self.zoe, with: Self.eva) == unknown.text)
        #expect(erased.text.contains("No events."))
        #expect(try bench.run("verify").code == 0)
    }
}
