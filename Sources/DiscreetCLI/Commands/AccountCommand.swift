// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DPAccounting
import Discreet

/// What a mechanism costs, without any data.
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "What a mechanism costs: ε, δ, noise, steps. Needs no data directory.",
        discussion: worked(
            "Add or remove one user. The mechanism is `--steps` Gaussian releases of `--noise-multiplier` σ/Δ, each on a "
                + "Poisson sample, or whatever `--event` describes. Every answer is an upper bound.",
            example: """
                discreet account epsilon --noise-multiplier 1 --sampling-probability 0.01 --steps 1000 --delta 1e-6
                discreet account noise --epsilon 1 --delta 1e-6 --sampling-probability 0.01 --steps 10000
                """),
        subcommands: [Epsilon.self, Delta.self, Noise.self, Steps.self, Profile.self, Bench.self])
}

extension AccountCommand {
    struct Epsilon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "epsilon", abstract: "The smallest ε at a δ.",
            discussion: worked(
                example:
                    "discreet account epsilon --noise-multiplier 1 --sampling-probability 0.01 --steps 1000 --delta 1e-6"
            ))

        @OptionGroup var mechanism: MechanismOptions
        @Option(help: "δ, at least 0 and below 1.") var delta: Double
        @OptionGroup var method: MethodOptions
        @OptionGroup var answer: OutputOptions

        func validate() throws { try Check.delta(delta, least: 0) }

        func run() async throws {
            let plan = try mechanism.plan()
            let epsilon = try method.method().epsilon(of: plan, delta: delta)
            try answer.show(
                mechanism.report(epsilon: epsilon, delta: delta, method), as: "ε = \(Numbers.brief(epsilon))")
        }
    }

    struct Delta: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delta", abstract: "The smallest δ at an ε.",
            discussion: worked(example: "discreet account delta --noise-multiplier 2 --steps 10 --epsilon 3"))

        @OptionGroup var mechanism: MechanismOptions
        @Option(help: "ε, at least 0.") var epsilon: Double
        @OptionGroup var method: MethodOptions
        @OptionGroup var answer: OutputOptions

        func validate() throws { try Check.epsilon(epsilon, orZero: true) }

        func run() async throws {
            let plan = try mechanism.plan()
            let delta = try method.method().delta(of: plan, epsilon: epsilon)
            try answer.show(mechanism.report(epsilon: epsilon, delta: delta, method), as: "δ = \(Numbers.brief(delta))")
        }
    }

    struct Noise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "noise", abstract: "The least noise multiplier for an ε and a δ.",
            discussion: worked(
                example:
                    "discreet account noise --epsilon 1 --delta 1e-6 --sampling-probability 0.01 --steps 10000"))

        @Option(help: "ε, above 0.") var epsilon: Double
        @Option(help: "δ, above 0 and below 1.") var delta: Double
        @OptionGroup var shape: ShapeOptions
        @OptionGroup var method: MethodOptions
        @OptionGroup var answer: OutputOptions

        func validate() throws {
            try Check.epsilon(epsilon)
            try Check.delta(delta)
        }

        func run() async throws {
            let solver = PlanSolver(epsilon: epsilon, delta: delta, accountant: try method.method())
            let noise: Double
            do throws(CalibrationError) {
                noise = try solver.noiseMultiplier(
                    samplingProbability: shape.samplingProbability, steps: shape.steps)
            } catch { throw Check.unsolved(error) }
            let report = AccountReport(
                epsilon: epsilon, delta: delta, noiseMultiplier: noise, samplingProbability: shape.samplingProbability,
                steps: shape.steps, accountant: method.accountant.rawValue)
            try answer.show(report, as: "noise multiplier \(Numbers.brief(noise))")
        }
    }

    struct Steps: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "steps", abstract: "The most steps for an ε and a δ.",
            discussion: worked(
                example:
                    "discreet account steps --epsilon 3 --delta 1e-6 --noise-multiplier 1 --sampling-probability 0.01"))

        @Option(help: "ε, above 0.") var epsilon: Double
        @Option(help: "δ, above 0 and below 1.") var delta: Double
        @Option(help: "σ over the sensitivity.") var noiseMultiplier: Double
        @Option(help: "Each user's chance to be in a step.") var samplingProbability = 1.0
        @OptionGroup var method: MethodOptions
        @OptionGroup var answer: OutputOptions

        func validate() throws {
            try Check.epsilon(epsilon)
            try Check.delta(delta)
            try Check.noise(noiseMultiplier)
            try Check.probability(samplingProbability)
        }

        func run() async throws {
            let solver = PlanSolver(epsilon: epsilon, delta: delta, accountant: try method.method())
            let steps: Int
            do throws(CalibrationError) {
                steps = try solver.steps(noiseMultiplier: noiseMultiplier, samplingProbability: samplingProbability)
            } catch { throw Check.unsolved(error) }
            let report = AccountReport(
                epsilon: epsilon, delta: delta, noiseMultiplier: noiseMultiplier,
                samplingProbability: samplingProbability, steps: steps, accountant: method.accountant.rawValue)
            try answer.show(report, as: Numbers.counted(steps, "step"))
        }
    }
}

/// What is known and what was asked, in one document.
struct AccountReport: Encodable {
    var epsilon: Double
    var delta: Double
    var noiseMultiplier: Double?
    var samplingProbability: Double?
    var steps: Int?
    var accountant: String
    /// The event of `--event`.
    var event: RunPlan?
    var unit = PrivacyEvent.unit
    var adjacency = PrivacyEvent.adjacency

    private enum Keys: String, CodingKey {
        case epsilon, delta, noiseMultiplier, samplingProbability, steps, accountant, plan, unit, adjacency
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        if epsilon.isFinite {
            try container.encode(epsilon, forKey: .epsilon)
        } else {
            try container.encode("infinity", forKey: .epsilon)
        }
        try container.encode(delta, forKey: .delta)
        try container.encodeIfPresent(noiseMultiplier, forKey: .noiseMultiplier)
        try container.encodeIfPresent(samplingProbability, forKey: .samplingProbability)
        try container.encodeIfPresent(steps, forKey: .steps)
        try container.encode(accountant, forKey: .accountant)
        try container.encodeIfPresent(event, forKey: .plan)
        try container.encode(unit, forKey: .unit)
        try container.encode(adjacency, forKey: .adjacency)
    }
}

extension OutputOptions {
    fileprivate func show(_ report: AccountReport, as headline: String) throws {
        try show(report) { page in
            page.heading(headline)
            var fields: [(String, String)] = [("ε", Numbers.brief(report.epsilon)), ("δ", Numbers.brief(report.delta))]
            if let noise = report.noiseMultiplier { fields.append(("noise multiplier", "\(noise)")) }
            if let q = report.samplingProbability { fields.append(("sampling probability", "\(q)")) }
            if let steps = report.steps { fields.append(("steps", Numbers.grouped(steps))) }
            fields.append(("accountant", report.accountant))
            fields.append(("hides", "one user, added or removed; an upper bound"))
            page.fields(fields)
        }
    }
}
