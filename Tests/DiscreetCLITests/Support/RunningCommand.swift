// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// A `discreet` that was started. What it prints goes to files, so that no pipe can fill up.
final class RunningCommand {
    /// What it reads on standard input.
    enum Input {
        case text(String)
        /// Nothing, for as long as the pipe lives.
        case silence(Pipe)

        fileprivate func handle(_ file: URL) throws -> Any {
            switch self {
            case .silence(let pipe): return pipe
            case .text(let text):
                try Data(text.utf8).write(to: file)
                return try FileHandle(forReadingFrom: file)
            }
        }
    }

    private let process = Process()
    private let output: URL
    private let error: URL

    init(
        _ arguments: [String], input: Input, under prefix: [String] = [], environment: [String: String],
        scratch: TemporaryDirectory
    ) throws {
        let stem = UUID().uuidString
        (output, error) = (scratch.file(stem + ".out"), scratch.file(stem + ".err"))
        for file in [output, error] { try Data().write(to: file) }
        let binary = try Self.binary()
        process.executableURL = prefix.isEmpty ? binary : URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = prefix.isEmpty ? arguments : prefix + [binary.path] + arguments
        process.environment = environment
        process.currentDirectoryURL = scratch.url
        process.standardInput = try input.handle(scratch.file(stem + ".in"))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: error)
        try process.run()
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    var isRunning: Bool { process.isRunning }

    /// Waits for the end.
    func outcome() throws -> Outcome {
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            output: try Data(contentsOf: output), error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
    }

    /// The binary beside the test bundle, or the one that DISCREET_BINARY names.
    static func binary() throws -> URL {
        if let named = ProcessInfo.processInfo.environment["DISCREET_BINARY"] { return URL(fileURLWithPath: named) }
        let bundles = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        let places = [
            Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        for place in places + bundles {
            let binary = place.appendingPathComponent("discreet")
            if FileManager.default.isExecutableFile(atPath: binary.path) { return binary }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
