// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("unknown items, pending and discovered")
struct DiscoverTests {
    @Test("the command says what it found and what that cost, keeps it as a release, and nothing of the others")
    func discovers() throws {
        let bench = try CrashDrill.withPending(Story.told())
        let shown = try bench.run("users", "show", "--user", "fan-3")
        #expect(shown.text.contains("pending") && shown.text.contains("of-3"))
        let text = try bench.run(CrashDrill.discovery)
        #expect(text.code == 0 && text.text.contains("1 item discovered") && text.text.contains("nobody-knew"))
        #expect(!text.text.contains("of-3"))
        let key = try #require(
            try bench.json("releases", "list").objects("releases").first { $0.text("kind") == "discover items" }?.text(
                "key"))
        #expect(try bench.run("releases", "show", key).text.contains("nobody-knew"))
        #expect(try bench.run("verify").code == 0)
        #expect(try bench.run("budget", "verify").code == 0)
        let csv = bench.place("\(UUID().uuidString).csv")
        #expect(try bench.run("users", "show", "--user", "fan-3", "-o", csv.path).code == 0)
        #expect(
            try String(contentsOf: csv, encoding: .utf8)
                == "item,value,time,pending\nnobody-knew,4.0,3,\nof-3,1.0,1,pending\n")
        let json = try bench.json("catalogue", "discover", "--epsilon", "0.5")
        #expect(json.number("epsilon") == 0.5 && json.objects("items").isEmpty)
        #expect(try bench.run("catalogue", "discover", "--epsilon", "99").code == 77)
        #expect(try bench.run("catalogue", "discover", "--max-items-per-user", "0").code == 64)
    }
}
