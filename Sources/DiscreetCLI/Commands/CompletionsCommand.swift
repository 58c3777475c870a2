// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct CompletionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a completion script.",
        discussion: worked(example: "discreet completions bash > ~/.local/share/bash-completion/completions/discreet"))

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() async throws {
        let script =
            switch shell {
            case .bash: DiscreetCommand.completionScript(for: .bash)
            case .zsh: DiscreetCommand.completionScript(for: .zsh)
            case .fish: DiscreetCommand.completionScript(for: .fish)
            }
        try StandardOutput.write(script + "\n")
    }
}
