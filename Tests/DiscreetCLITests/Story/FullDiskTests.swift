// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The disk is full, or a limit on file sizes is met: 74 and a clear word, nothing lost, and all is well once there is room.
@Suite("full disk")
struct FullDiskTests {
    private static let limited = ["bash", "-c", "ulimit -f \"$1\"; shift; exec \"$@\"", "limited"]

    /// How many kilobytes are left, from none to nearly enough.
    static let room = [0, 8, 24, 48, 96, 160, 320]

    @Test(
        "a full disk stops a command with 74; with room again it goes through",
        .enabled(if: Machine.mounts, Machine.noMount), arguments: [CrashDrill.ingest, .train, .count, .erase, .migrate])
    func fullDisk(drill: CrashDrill) throws {
        let story = try Story.told()
        let start = try drill.start(story)
        var failures = 0
        for room in Self.room {
            let disk = try SmallDisk(kilobytes: 64 << 10)
            let bench = start.directory(at: disk.path + "/data")
            try FileManager.default.copyItem(atPath: start.data, toPath: bench.data)
            try disk.resize(kilobytes: try used(in: disk.path) + room)
            let outcome = try bench.run(drill.command(story))
            #expect(outcome.code == 0 || outcome.code == 74, "\(room) KiB left: \(outcome.code) \(outcome.error)")
            if outcome.code != 0 {
                failures += 1
                expectClear(outcome)
            }
            try disk.resize(kilobytes: 64 << 10)
            try drill.check(story, outcome, bench)
        }
        // Power: with nothing left no command can have ended well.
        #expect(failures > 0)
    }

    @Test(
        "a limit on the size of files is met in the same way",
        arguments: [CrashDrill.ingest, .train, .count, .erase, .migrate])
    func fileSizeLimit(drill: CrashDrill) throws {
        let story = try Story.told()
        let start = try drill.start(story)
        var failures = 0
        for kilobytes in [0, 16, 64] {
            let bench = try start.copy()
            let prefix = Self.limited + ["\(kilobytes)"]
            let outcome = try bench.start(drill.command(story), under: prefix).outcome()
            // What it prints goes to a file under the same limit.
            #expect(outcome.code == 0 || outcome.code == 74, "\(kilobytes) KiB: \(outcome.code) \(outcome.error)")
            failures += outcome.code == 74 ? 1 : 0
            try drill.check(story, outcome, bench)
        }
        #expect(failures > 0)
    }

    private func expectClear(_ outcome: Outcome) {
        let lines = outcome.error.split(separator: "\n")
        #expect(lines.last?.hasPrefix("discreet: error: ") == true, "\(outcome.error)")
        #expect(lines.count { $0.hasPrefix("discreet: error: ") } == 1)
    }

    /// Kilobytes in use, in whole pages as tmpfs counts.
    private func used(in folder: String) throws -> Int {
        var used = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let facts = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            guard facts[.type] as? FileAttributeType == .typeRegular else { continue }
            used += ((facts[.size] as? Int ?? 0) + 4095) / 4096 * 4
        }
        return used
    }
}
