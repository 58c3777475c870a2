// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

/// Checks that the leading words name a command that exists, before ArgumentParser looks at the options: its own words
/// for a mistyped command are about whatever comes behind it.
enum CommandPath {
    /// - Throws: `DiscreetError` of code `usage`: an unknown word, or a group without its command.
    static func check(_ arguments: [String]) throws(DiscreetError) {
        var words = arguments[...]
        var command: any ParsableCommand.Type = DiscreetCommand.self
        var path = "discreet"
        while !command.configuration.subcommands.isEmpty {
            let isRoot = path == "discreet"
            // A group with a command of its own spends only where it is told how much.
            if command.configuration.defaultSubcommand != nil, words.first?.hasPrefix("-") ?? false,
                words.contains(where: { $0.hasPrefix("--epsilon") || $0 == "--not-private" })
            {
                return
            }
            guard let word = words.popFirst() else {
                if isRoot { return }
                throw missing(path, command)
            }
            if word == "-h" || word == "--help" || isRoot && (word.hasPrefix("-") || word == "help") { return }
            if word.hasPrefix("-") { throw missing(path, command) }
            guard let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word })
            else { throw unknown(word, path, command) }
            (command, path) = (next, "\(path) \(word)")
        }
    }

    private static func missing(_ path: String, _ command: any ParsableCommand.Type) -> DiscreetError {
        DiscreetError(.usage, "a word is missing (\(path))", hint: "Go on with one of \(names(command))")
    }

    private static func unknown(
        _ word: String, _ path: String, _ command: any ParsableCommand.Type
    ) -> DiscreetError {
        DiscreetError(.usage, "unknown word '\(word)' (\(path))", hint: "Known are \(names(command))")
    }

    private static func names(_ command: any ParsableCommand.Type) -> String {
        command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
            .compactMap { $0.configuration.commandName }.joined(separator: ", ")
    }
}
