// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Records

extension BudgetCommand {
    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "plan", abstract: "What a training would cost, before it is run. Charges nothing.",
            discussion: worked(
                "For a user who joined today, and for one who was in every run that the log has. A run is refused only "
                    + "where the first could not pay; whoever cannot pay sits it out.",
                example: "discreet budget plan mf --epsilon 3"))

        @Argument(help: "The kind of model, as for `discreet train`.") var model: String = TrainRequest.defaultKind
        @Option(help: "The ε to spend.") var epsilon: EpsilonArgument?
        @Option(help: "The δ to spend; the policy's for a run if left out.") var delta: DeltaArgument?
        @Option(name: .customLong("set"), help: ArgumentHelp("A hyper-parameter.", valueName: "key=value"))
        var settings: [String] = []
        @Option(
            help: ArgumentHelp("A guess at the number of users, where it is not known and would be counted first."))
        var assumeUsers: Int?
        @OptionGroup var global: GlobalOptions

        func validate() throws {
            _ = try Pairs.parse(settings, option: "--set")
            if let assumeUsers, !(1...10_000_000_000).contains(assumeUsers) {
                throw ValidationError("--assume-users is at least 1 and at most 10000000000")
            }
        }

        func run() async throws {
            let request = TrainRequest(
                kind: model, epsilon: epsilon?.amount, delta: delta?.amount,
                settings: try Pairs.parse(settings, option: "--set"))
            let plan = try await global.openEngine().plan(request, assumingUsers: assumeUsers)
            try global.output.show(plan) { $0.show(plan) }
        }
    }

    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "head", abstract: "The signed head of the log, to be kept elsewhere.",
            discussion: worked(
                "Whoever keeps it can tell later whether the log was cut, rewritten or put back from a copy.",
                example: "discreet budget head -o head.json"))

        @Option(name: .shortAndLong, help: ArgumentHelp("Write it to a file.", valueName: "file"), completion: .file())
        var output: String?
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            if let output { _ = try global.outside(output, what: "A head that is to be kept") }
            let head = try await global.openEngine().logHead()
            if let output {
                try FileOutput.write(String(decoding: JSONDocument.bytes(of: head), as: UTF8.self), to: output)
            }
            try global.output.show(head) { page in
                page.line(output.map { "Written to \(DisplayText.escaped($0))." } ?? JSONDocument.readable(head))
            }
        }
    }
}

extension Page {
    fileprivate mutating func show(_ plan: BudgetPlan) {
        line("A run of \(plan.model) would cost each member \(plan.privacy.words).")
        if plan.nominalUsersSource == "assumed" {
            line("  Planned for \(Numbers.grouped(plan.nominalUsers)) users, which is a guess: --assume-users.")
        }
        var events = Table([.text("run"), .text("event"), .number("times")])
        for event in plan.events {
            events.add([event.kind, event.event["type"]?.stringValue ?? "", Numbers.grouped(event.count)])
        }
        table(events)
        line()
        var accounts = Table([
            .text("a user who"), .number("spent now"), .number("then"), .number("limit"), .text("can pay"),
            .number("so often"),
        ])
        for (who, account) in [("joined today", plan.newcomer), ("was in every run", plan.veteran)] {
            accounts.add([
                who, Numbers.brief(account.before.value), Numbers.brief(account.after.value),
                Numbers.brief(account.limit.value), account.affordable ? "yes" : "no",
                account.repeats.map(Numbers.grouped) ?? "",
            ])
        }
        table(accounts)
        if let why = plan.why { line(plan.affordable ? "  \(why)" : "  It would be refused: \(why)") }
    }
}
