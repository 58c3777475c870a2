// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DPAccounting
import Discreet
import Foundation

extension AccountCommand {
    struct Profile: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "profile", abstract: "δ at many ε, or ε over the steps: a table, and a plot.",
            discussion: worked(
                "With --delta it is ε over the steps, else the privacy profile.",
                example: """
                    discreet account profile --noise-multiplier 1 --sampling-probability 0.01 --steps 1000 --svg profile.svg
                    discreet account profile --noise-multiplier 1 --sampling-probability 0.01 --steps 1000 --delta 1e-6
                    """))

        @OptionGroup var mechanism: MechanismOptions
        @Option(help: "ε at this δ, over the steps.") var delta: Double?
        @Option(help: ArgumentHelp("Write a plot.", valueName: "file"), completion: .file()) var svg: String?
        @OptionGroup var method: MethodOptions
        @OptionGroup var answer: OutputOptions

        func validate() throws {
            if let delta {
                try Check.delta(delta)
                if mechanism.event != nil { throw ValidationError("ε over the steps is for steps, not for --event") }
            }
        }

        func run() async throws {
            if let svg { try FileOutput.check(svg) }
            let accountant = try method.method()
            let report: ProfileReport
            if let delta {
                report = try overSteps(accountant, delta)
            } else {
                let plan = try mechanism.plan()
                let points = accountant.profile(of: plan, epsilons: Self.epsilons(of: plan, accountant))
                report = ProfileReport(
                    accountant: accountant.name.rawValue,
                    profile: points.map { .init(epsilon: $0.epsilon, delta: $0.delta, steps: nil) })
            }
            if let svg {
                let drawn =
                    delta == nil
                    ? Plot(
                        points: report.profile.map { ($0.epsilon, $0.delta) }, horizontal: "ε", vertical: "δ",
                        isLogarithmic: true)
                    : Plot(
                        points: report.profile.map { (Double($0.steps ?? 0), $0.epsilon) }, horizontal: "steps",
                        vertical: "ε at δ = \(Numbers.brief(delta ?? 0))", isLogarithmic: false)
                try FileOutput.write(drawn.svg, to: svg)
            }
            try answer.show(report) { $0.show(report) }
        }

        /// 0 to where δ is 10⁻¹², in 24 steps; 0 to 10 where that is not finite.
        private static func epsilons(of plan: RunPlan, _ accountant: any PlanAccountant) -> [Double] {
            var end = accountant.epsilon(of: plan, delta: 1e-12)
            if !(end > 0) || end > 1e6 { end = 10 }
            return (0...24).map { end * Double($0) / 24 }
        }

        private func overSteps(_ accountant: any PlanAccountant, _ delta: Double) throws -> ProfileReport {
            let most = mechanism.steps ?? 1
            var counts: [Int] = []
            for k in 0...16 {
                counts.append(max(1, Int((exp(log(Double(most)) * Double(k) / 16)).rounded())))
            }
            let points = Array(Set(counts)).sorted().map { steps in
                let plan = PlanSolver.plan(
                    noiseMultiplier: mechanism.noiseMultiplier ?? 1,
                    samplingProbability: mechanism.samplingProbability ?? 1, steps: steps)
                return ProfileReport.Point(
                    epsilon: accountant.epsilon(of: plan, delta: delta), delta: delta, steps: steps)
            }
            return ProfileReport(accountant: accountant.name.rawValue, profile: points)
        }
    }
}

/// A profile as JSON; ε that is not finite is `"infinity"`.
struct ProfileReport: Encodable {
    struct Point: Encodable {
        let epsilon: Double
        let delta: Double
        let steps: Int?

        private enum Keys: String, CodingKey { case epsilon, delta, steps }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            if epsilon.isFinite {
                try container.encode(epsilon, forKey: .epsilon)
            } else {
                try container.encode("infinity", forKey: .epsilon)
            }
            try container.encode(delta, forKey: .delta)
            try container.encodeIfPresent(steps, forKey: .steps)
        }
    }
    let accountant: String
    let profile: [Point]
}

extension Page {
    fileprivate mutating func show(_ report: ProfileReport) {
        let hasSteps = report.profile.contains { $0.steps != nil }
        var table = Table((hasSteps ? [.number("steps")] : []) + [.number("ε"), .number("δ")])
        for point in report.profile {
            table.add(
                (point.steps.map { [Numbers.grouped($0)] } ?? [])
                    + [Numbers.brief(point.epsilon), Numbers.brief(point.delta)])
        }
        self.table(table)
        line("  By \(report.accountant); one user added or removed; upper bounds.")
    }
}
