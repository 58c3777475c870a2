// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Interactions

struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract:
            "What is stored of a person, what they say about purposes; an erased person's return. (Operator-only.)",
        discussion: worked(example: "discreet users object --user alice --purpose train"),
        subcommands: [Show.self, Object.self, Restrict.self, Consent.self, Readmit.self, Limit.self, Tier.self])

    struct Object: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "object", abstract: "The person objects: train and statistics, unless purposes are named.",
            discussion: worked(example: "discreet users object --user alice"))

        @OptionGroup var person: PersonOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            try await UsersCommand.record(.object, person, defaults: [.train, .statistics], global)
        }
    }

    struct Restrict: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restrict", abstract: "The person's data are kept and not used: every purpose, unless named.",
            discussion: worked(example: "discreet users restrict --user alice"))

        @OptionGroup var person: PersonOptions
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            try await UsersCommand.record(.restrict, person, defaults: Purpose.allCases, global)
        }
    }

    struct Consent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "consent", abstract: "The person allows the purposes that are named.",
            discussion: worked(example: "discreet users consent --user alice --purpose train --purpose statistics"))

        @OptionGroup var person: PersonOptions
        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if person.purpose.isEmpty { throw ValidationError("a consent names its purposes: give --purpose") }
        }

        func run() async throws { try await UsersCommand.record(.consent, person, defaults: [], global) }
    }

    struct Readmit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "readmit", abstract: "Let an erased person return: a new key, the old spending. Logged.",
            discussion: worked(example: "discreet users readmit --user alice"))

        @Option(help: "The user's id.") var user: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().readmit(user)
            try global.output.show(report) { $0.show(report) }
        }
    }

    struct PersonOptions: ParsableArguments {
        @Option(help: "The user's id.") var user: String
        @Option(
            help: ArgumentHelp("serve, train, statistics or attributes; may be given several times.", valueName: "p"),
            transform: { text in
                guard let purpose = Purpose(rawValue: text) else {
                    throw ValidationError("the purposes are serve, train, statistics, attributes")
                }
                return purpose
            })
        var purpose: [Purpose] = []
    }

    private static func record(
        _ word: PersonsWord, _ person: PersonOptions, defaults: [Purpose], _ global: GlobalOptions
    ) async throws {
        let report = try await global.openEngine().record(
            word, for: person.purpose.isEmpty ? defaults : person.purpose, of: person.user)
        try global.output.show(report) { $0.show(report) }
    }
}

extension Page {
    fileprivate mutating func show(_ report: UserReport) {
        heading("Purposes of \(DisplayText.escaped(report.user))")
        fields(report.purposes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
}
