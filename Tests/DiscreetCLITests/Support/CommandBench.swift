// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A folder with a data directory, a home for its key, and the built `discreet` to run there.
final class CommandBench: Sendable {
    let folder: TemporaryDirectory
    /// Set once: `copy()` gives another data directory under the same home, where the key is found again.
    let data: String
    /// The folder of keys, `$XDG_CONFIG_HOME`.
    let config: String

    init() throws {
        folder = try TemporaryDirectory()
        data = folder.file("data").path
        config = folder.file("config").path
    }

    private init(folder: TemporaryDirectory, data: String, config: String) {
        (self.folder, self.data, self.config) = (folder, data, config)
    }

    /// The data directory as it is now, once more, to do harm to.
    func copy() throws -> CommandBench {
        let copy = folder.file("data-\(UUID().uuidString)").path
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        return CommandBench(folder: folder, data: copy, config: config)
    }

    /// The same with a copy of the key too, for what changes it.
    func copyWithKey() throws -> CommandBench {
        let bench = try copy()
        let config = folder.file("config-\(UUID().uuidString)").path
        try FileManager.default.copyItem(atPath: self.config, toPath: config)
        return CommandBench(folder: folder, data: bench.data, config: config)
    }

    /// Removes the copy.
    func discard() {
        try? FileManager.default.removeItem(atPath: data)
        if config != folder.file("config").path { try? FileManager.default.removeItem(atPath: config) }
    }

    /// Another data directory (made by somebody, or elsewhere) with this one's key.
    func directory(at path: String) -> CommandBench { CommandBench(folder: folder, data: path, config: config) }

    /// A place in the folder, beside the data directory.
    func place(_ name: String) -> URL { folder.file(name) }

    /// Writes a file into the folder and gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        let url = folder.file(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// Runs the command to its end.
    @discardableResult
    func run(_ arguments: String..., input: String = "") throws -> Outcome { try run(arguments, input: input) }

    func run(_ arguments: [String], input: String = "") throws -> Outcome {
        try start(arguments, input: .text(input)).outcome()
    }

    /// Runs the command, which must end well, and reads its answer.
    func json(_ arguments: String...) throws -> JSONObject {
        let outcome = try run(arguments + ["--json"])
        #expect(outcome.code == 0, "\(arguments): \(outcome.error)")
        return try outcome.json()
    }

    /// Starts the command and leaves it running.
    /// - Parameter prefix: A program that is to start it (strace, setpriv, faketime…), with its arguments.
    func start(
        _ arguments: [String], input: RunningCommand.Input = .text(""), under prefix: [String] = []
    ) throws -> RunningCommand {
        try RunningCommand(arguments, input: input, under: prefix, environment: environment, scratch: folder)
    }

    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["DISCREET_HOME"] = data
        environment["XDG_CONFIG_HOME"] = config
        environment["DISCREET_KEY_FILE"] = nil
        return environment
    }
}
