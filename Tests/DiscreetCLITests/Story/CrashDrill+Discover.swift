// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CrashDrill {
    static let fans = 60

    /// A directory whose policy keeps unknown items pending, with one that many new people have.
    @Sendable static func withPending(_ story: Story) throws -> CommandBench {
        let bench = try story.copy()
        let policy = try String(contentsOfFile: bench.data + "/policy.yaml", encoding: .utf8)
        let keeping = try bench.file(
            "\(UUID().uuidString).yaml",
            policy.replacingOccurrences(of: "unknownItems: reject", with: "unknownItems: pending"))
        #expect(try bench.run("policy", "apply", keeping).code == 0)
        let rows = try bench.file(
            "\(UUID().uuidString).csv",
            "user,item,value,time\n"
                + (0..<fans).map { "fan-\($0),nobody-knew,4,\($0)\nfan-\($0),of-\($0),1,1\n" }.joined())
        #expect(try bench.json("ingest", rows).integer("pending") == 2 * fans)
        return bench
    }

    /// Whoever saw the item has paid; what was released is in the catalogue and the histories at the next command.
    static let discover = CrashDrill(
        name: "discover",
        start: withPending,
        command: { _ in discovery },
        check: { story, killed, bench in
            let all = story.users.count + fans
            let before = try story.bench.json("status").integer("items") ?? 0
            let items = try Self.expectSound(bench, users: [all]).integer("items") ?? 0
            #expect(killed.output.isEmpty ? [before, before + 1].contains(items) : items == before + 1)
            let paid = try Self.chargesOfFan(bench)
            #expect(items == before ? paid <= 1 : paid == 1)
            let events = try bench.json("users", "show", "--user", "fan-3").objects("events")
            #expect(Set(events.compactMap { $0.text("item") }) == ["nobody-knew", "of-3"] && events.count == 2)
            #expect(events.first { $0.text("item") == "nobody-knew" }?.flag("pending") == (items == before))
            // Certain: both items of everybody count, and ε = 1 and δ = 5e-10 a key end the keeping table before 60 users.
            let again = try bench.run(discovery)
            #expect(again.code == 0, "\(again.error)")
            #expect(try Self.chargesOfFan(bench) == paid + 1)
            #expect(try Self.expectSound(bench, users: [all]).integer("items") == before + 1)
        })

    private static func chargesOfFan(_ bench: CommandBench) throws -> Int {
        let budget = try bench.json("budget", "show", "--user", "fan-3")
        return budget.objects("charges").count
    }

    static let discovery = [
        "catalogue", "discover", "--epsilon", "2", "--delta", "1e-9", "--max-items-per-user", "2",
    ]
}
