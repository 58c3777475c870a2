// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CrashDrill {
    /// A stream is paid once, whenever a period is cut short; a period that was seen is not closed again, and none is lost.
    static let stream = CrashDrill(
        name: "stream",
        start: { story in
            let bench = try story.copy()
            #expect(try bench.run("count", "items", "--continual", "--epsilon", "0.25", "--periods", "8").code == 0)
            return bench
        },
        command: { _ in ["count", "items", "--continual"] },
        check: { story, killed, bench in
            let next = try bench.json("count", "items", "--continual")
            let period = next.integer("stream", "period") ?? 0
            #expect(killed.output.isEmpty ? [2, 3].contains(period) : period == 3)
            #expect(try Self.charges(of: "count items continually", bench, story) == [0.25])
            try Self.expectSound(bench, users: [story.users.count])
        })
}
