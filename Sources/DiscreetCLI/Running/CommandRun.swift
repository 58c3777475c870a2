// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

/// One invocation: parsed, run, and its failure told.
enum CommandRun {
    /// Internal: the work ended because it was cancelled. Never leaves the process: a signal's code replaces it.
    static let stopped: Int32 = -1

    /// Runs the command that `arguments` name and gives its exit code.
    static func exitCode(of arguments: [String]) async -> Int32 {
        do {
            try CommandPath.check(arguments)
            var command = try DiscreetCommand.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return Failure(error, inJSON: isJSON(arguments)).report()
        }
    }

    /// Whether the caller asked for JSON; asked of the bare words, since they may not parse.
    private static func isJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }
}
