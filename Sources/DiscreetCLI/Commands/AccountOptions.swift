// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DPAccounting
import Discreet
import Foundation

/// How often, and on which sample.
struct ShapeOptions: ParsableArguments {
    @Option(help: "Each user's chance to be in a step.") var samplingProbability = 1.0
    @Option(help: "How many steps.") var steps = 1

    func validate() throws {
        try Check.probability(samplingProbability)
        guard (1...4_294_967_296).contains(steps) else { throw ValidationError("--steps is 1 to 4294967296") }
    }
}

/// A mechanism by three numbers, or by a file.
struct MechanismOptions: ParsableArguments {
    @Option(help: "σ over the sensitivity, of each step.") var noiseMultiplier: Double?
    @Option(help: "Each user's chance to be in a step; 1 if left out.") var samplingProbability: Double?
    @Option(help: "How many steps; 1 if left out.") var steps: Int?
    @Option(
        help: ArgumentHelp("A JSON file with any event, or a plan of several.", valueName: "file"), completion: .file())
    var event: String?

    func validate() throws {
        if event != nil, noiseMultiplier != nil || samplingProbability != nil || steps != nil {
            throw ValidationError(
                "--event says all of the mechanism: leave out --noise-multiplier, --sampling-probability and --steps")
        }
        guard event != nil || noiseMultiplier != nil else {
            throw ValidationError("name the mechanism by --noise-multiplier or by --event")
        }
        if let noiseMultiplier { try Check.noise(noiseMultiplier) }
        if let samplingProbability { try Check.probability(samplingProbability) }
        if let steps, !(1...4_294_967_296).contains(steps) { throw ValidationError("--steps is 1 to 4294967296") }
    }

    /// - Throws: `DiscreetError`: `notFound` for no such file, `badData` for what is no event.
    func plan() throws -> RunPlan {
        guard let event else {
            return PlanSolver.plan(
                noiseMultiplier: noiseMultiplier ?? 1, samplingProbability: samplingProbability ?? 1, steps: steps ?? 1)
        }
        let shown = DisplayText.escaped(event)
        guard let size = try? FileManager.default.attributesOfItem(atPath: event)[.size] as? Int,
            let data = FileManager.default.contents(atPath: event)
        else { throw DiscreetError(.notFound, "no such file (\(shown))", hint: "Name a JSON file with an event") }
        guard size <= 1 << 24 else {
            throw DiscreetError(.badData, "more than 16 MiB (\(shown))", hint: "An event is a small JSON document")
        }
        if let plan = try? JSONDecoder().decode(RunPlan.self, from: data), !plan.stretches.isEmpty { return plan }
        do {
            return RunPlan(try JSONDecoder().decode(PrivacyEvent.self, from: data))
        } catch {
            throw DiscreetError(
                .badData, "no event: \(Self.reason(error)) (\(shown))",
                hint: "docs/formats.md lists the events, their fields and their ranges")
        }
    }

    func report(epsilon: Double, delta: Double, _ method: MethodOptions) throws -> AccountReport {
        AccountReport(
            epsilon: epsilon, delta: delta, noiseMultiplier: noiseMultiplier,
            samplingProbability: event == nil ? samplingProbability ?? 1 : nil, steps: event == nil ? steps ?? 1 : nil,
            accountant: method.accountant.rawValue, event: event == nil ? nil : try plan())
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "not JSON" }
        switch error {
        case .dataCorrupted(let context): return context.debugDescription
        case .keyNotFound(let key, _): return "the field \(DisplayText.escaped(key.stringValue)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): return context.debugDescription
        @unknown default: return "not an event"
        }
    }
}

/// Whose figure.
struct MethodOptions: ParsableArguments {
    @Option(help: "pld, rdp, exact, gdp, zcdp or pure.") var accountant = AccountantArgument.pld

    func method() throws -> any PlanAccountant {
        guard let method = Accountant(rawValue: accountant.rawValue)?.method else {
            throw DiscreetError(.usage, "no such accountant", hint: "Name pld, rdp, exact, gdp, zcdp or pure")
        }
        return method
    }
}

enum AccountantArgument: String, CaseIterable, ExpressibleByArgument {
    case pld, rdp, exact, gdp, zcdp, pure
}

/// Ranges of what is typed.
enum Check {
    static func epsilon(_ value: Double, orZero: Bool = false) throws {
        guard value.isFinite, orZero ? value >= 0 : value > 0 else {
            throw ValidationError("--epsilon is a finite number \(orZero ? "of at least" : "above") 0")
        }
    }

    static func delta(_ value: Double, least: Double = .leastNonzeroMagnitude) throws {
        guard value >= least, value < 1 else {
            throw ValidationError("--delta is \(least > 0 ? "above" : "at least") 0 and below 1")
        }
    }

    static func noise(_ value: Double) throws {
        guard value > 0, value.isFinite else { throw ValidationError("--noise-multiplier is a finite number above 0") }
    }

    static func probability(_ value: Double) throws {
        guard value >= 0x1p-64, value <= 1 else {
            throw ValidationError("--sampling-probability is above 0 (at least 2^-64) and at most 1")
        }
    }

    static func unsolved(_ error: CalibrationError) -> DiscreetError {
        DiscreetError(.usage, "\(error)", hint: "Ask for a larger ε or δ, or another accountant")
    }
}
