// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Records

struct ReleasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "releases",
        abstract: "Counts that were paid for and kept; reading them again is free.",
        discussion: worked(example: "discreet releases list"),
        subcommands: [List.self, Show.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Every kept release with its key and what it cost.",
            discussion: worked(example: "discreet releases list --json"))

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let releases = try await global.openEngine().releases()
            try global.output.show(["releases": releases]) { $0.show(releases) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "One kept release. Charges nothing.",
            discussion: worked(
                example: "discreet releases show users/train/objection"))

        @Argument(help: "The key, as `discreet releases list` shows it.") var key: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let release = try await global.openEngine().release(key)
            try global.output.show(release) { $0.show(release) }
        }
    }
}

extension Page {
    fileprivate mutating func show(_ releases: [ReleaseSummary]) {
        var rows = Table([.text("key"), .text("what"), .text("day"), .number("epsilon"), .number("delta")])
        for release in releases {
            rows.add([
                release.key, release.kind, release.at, release.privacy.epsilonText, release.privacy.deltaText,
            ])
        }
        table(rows)
    }

    fileprivate mutating func show(_ release: ReleaseDetail) {
        line("\(release.summary.kind) of \(release.summary.at), \(release.summary.privacy.words).")
        if let users = release.users { line("  About \(Numbers.grouped(users)) users.") }
        for item in release.items ?? [] { line("  \(DisplayText.escaped(item))") }
        guard let counts = release.counts else { return }
        var rows = Table([.text("item"), .number("count")])
        for entry in counts { rows.add([entry.item, Numbers.grouped(entry.count)]) }
        table(rows)
    }
}
