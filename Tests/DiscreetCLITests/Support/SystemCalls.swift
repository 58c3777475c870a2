// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What strace tells of one run of the command: the calls that make bytes durable or show them.
enum SystemCalls {
    static let missing: Comment = "strace is not here or may not trace: `scripts/deps.sh --tests` installs it"

    /// Whether a process can be traced here.
    static let areSeen: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["strace", "-f", "-o", "/dev/null", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Calls that change what a later process finds. The question mark: not every machine has each of them.
    static let changing =
        "pwrite64,write,fsync,fdatasync,ftruncate,?rename,?renameat,?renameat2,?unlink,?unlinkat,?mkdir"

    /// A prefix under which the command is killed as it enters its n-th changing call, before that does anything.
    static func killing(atCall number: Int) -> [String] {
        [
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(changing)",
            "-e", "inject=\(changing):signal=KILL:when=\(number)",
        ]
    }

    /// One call: its name, and the file that it was about ("" for none).
    struct Call: Hashable, CustomStringConvertible {
        let name: String
        let file: String
        var description: String { "\(name)(\(file))" }
        var isSync: Bool { name == "fsync" || name == "fdatasync" }
    }

    /// Runs the command and gives its calls in order.
    static func of(_ arguments: [String], in bench: CommandBench, trace: String) throws -> (Outcome, [Call]) {
        let log = bench.place("\(UUID().uuidString).strace")
        let prefix = ["strace", "-f", "-y", "-qq", "-s", "0", "-o", log.path, "-e", "trace=\(trace)"]
        let outcome = try bench.start(arguments, under: prefix).outcome()
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        return (outcome, lines.compactMap { call($0) })
    }

    /// A line is `PID  name(FD<path>, …) = …`. The name of the data directory's copy is left out.
    private static func call(_ line: Substring) -> Call? {
        guard let match = line.firstMatch(of: /^\d+ +([a-z0-9]+)\((?:(\d+)<([^>]*)>)?/) else { return nil }
        let path = match.output.3.map(String.init) ?? ""
        let file = match.output.2 == "1" ? "stdout" : path.split(separator: "/").last.map(String.init) ?? ""
        let isFolder = file.hasPrefix("data")
        return Call(name: String(match.output.1), file: isFolder ? "." : file)
    }
}
