// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport
import Testing

/// `kill -9` at random instants: nothing lost, nothing doubled, charged at least what was released, and the next command works.
///
/// `make soak` runs 10 000 of them with a fresh seed. `DISCREET_CRASHES` says how many there are in all, `DISCREET_CRASH_SEED`
/// where they begin: a failure names its own seed, and that seed with `DISCREET_CRASHES=1` begins with it.
@Suite("crashes")
struct CrashTests {
    static let cases = (0..<CrashCase.rounds).flatMap { round in
        CrashDrill.all.map { CrashCase(drill: $0, seed: CrashCase.firstSeed &+ round) }
    }

    @Test("killed at a random instant", arguments: cases)
    func killed(crash: CrashCase) throws {
        let story = try Story.told()
        let stage = try CrashStage.of(crash.drill)
        var generator = SeededGenerator(seed: crash.seed)
        let instant = stage.instants.random(using: &generator)
        let bench = try stage.start.copyWithKey()
        defer { bench.discard() }
        let killed = try instant.kill(crash.drill.command(story), in: bench)
        try crash.drill.check(story, killed, bench)
        let died = killed.code == SIGKILL || killed.code == 128 + SIGKILL
        let (kills, rounds) = stage.count(died: died)
        guard rounds == CrashCase.rounds else { return }
        print("crashes: \(crash.drill.name), \(kills) of \(rounds) runs died of it")
        // Power: a twentieth of the waits is longer than the run, and a fast run may slip away; not most of them.
        if rounds >= 10 { #expect(kills > rounds / 3) }
    }
}

/// One kill of one drill.
struct CrashCase: Sendable, CustomTestStringConvertible {
    let drill: CrashDrill
    let seed: UInt64
    var testDescription: String { "\(drill.name) with seed \(seed)" }

    /// How often each drill is run.
    static let rounds = ((setting("DISCREET_CRASHES") ?? 200) + drills - 1) / drills
    static let firstSeed = setting("DISCREET_CRASH_SEED") ?? 20
    private static let drills = UInt64(CrashDrill.all.count)
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}

/// What all kills of one drill share: where they start from and when they can come. Made at the first of them.
private final class CrashStage: Sendable {
    let start: CommandBench
    let instants: Instants
    private let tally = Mutex<(kills: UInt64, rounds: UInt64)>((0, 0))

    private init(_ drill: CrashDrill) throws {
        let story = try Story.told()
        start = try drill.start(story)
        instants = try Instants(of: drill.command(story), from: start)
        print("crashes: \(drill.name), seeds \(CrashCase.firstSeed)+\(CrashCase.rounds), \(instants)")
    }

    func count(died: Bool) -> (kills: UInt64, rounds: UInt64) {
        tally.withLock { tally in
            tally = (tally.kills + (died ? 1 : 0), tally.rounds + 1)
            return tally
        }
    }

    private static let stages = Mutex<[String: Result<CrashStage, any Error>]>([:])
    static func of(_ drill: CrashDrill) throws -> CrashStage {
        try stages.withLock { stages in
            if let stage = stages[drill.name] { return stage }
            let stage = Result { try CrashStage(drill) }
            stages[drill.name] = stage
            return stage
        }.get()
    }
}

/// When a command is killed.
private enum Instant {
    /// This long after its start.
    case after(seconds: Double)
    /// As it enters this one of the calls that change files.
    case atCall(Int)

    /// Runs the command and kills it there; it may have ended before.
    func kill(_ command: [String], in bench: CommandBench) throws -> Outcome {
        switch self {
        case .after(let seconds):
            let run = try bench.start(command)
            usleep(UInt32(seconds * 1e6))
            run.send(SIGKILL)
            return try run.outcome()
        case .atCall(let number):
            return try bench.start(command, under: SystemCalls.killing(atCall: number)).outcome()
        }
    }
}

/// The instants of one command: uniform over a little more than its time, and over its changes of files.
///
/// Most of its time a command computes, so that clock time alone would rarely meet it between two writes.
private struct Instants: Sendable, CustomStringConvertible {
    private let seconds: Double
    /// Zero where nobody can look.
    private let calls: Int

    init(of command: [String], from start: CommandBench) throws {
        let clock = ContinuousClock()
        // The quickest of three: at a busy moment a command takes longer than most of those that are to be killed.
        seconds =
            try (0..<3).map { _ in
                let bench = try start.copyWithKey()
                defer { bench.discard() }
                let began = clock.now
                #expect(try bench.run(command).code == 0)
                return (clock.now - began) / .seconds(1)
            }.min() ?? 0
        calls =
            SystemCalls.areSeen
            ? try SystemCalls.of(command, in: start.copyWithKey(), trace: SystemCalls.changing).1.count : 0
    }

    var description: String { String(format: "%.2f s", seconds) + ", \(calls) changing calls" }

    func random(using generator: inout SeededGenerator) -> Instant {
        if calls > 0, Bool.random(using: &generator) {
            return .atCall(.random(in: 1...calls, using: &generator))
        }
        return .after(seconds: .random(in: 0...seconds * 1.05, using: &generator))
    }
}
