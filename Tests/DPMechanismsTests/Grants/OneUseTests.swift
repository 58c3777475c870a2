// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What must not compile, does not: a compiler is run on small sources against the modules that were just built. Ownership is
/// checked after type checking, hence `-emit-sil`.
struct OneUseTests {
    private struct Answer {
        let isAccepted: Bool
        let errors: [String]
    }

    /// Compiles a source in a package of its own.
    private func compile(_ body: String) throws -> Answer {
        let folder = try TemporaryDirectory()
        let source = folder.file("Source.swift")
        let text = """
            import DPAccounting
            import DPMechanisms
            import Interactions
            \(body)
            """
        try Data(text.utf8).write(to: source)
        // The test program lies beside the folder of modules.
        let modules = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("Modules")
        try #require(
            FileManager.default.fileExists(atPath: modules.appendingPathComponent("DPMechanisms.swiftmodule").path))
        // Swift asks for the C modules of what it loads, though no source here names them.
        let maps = ["CSodium", "COpenBLAS"].flatMap { module in
            let map = PackageRoot.url.appendingPathComponent("Sources/\(module)/module.modulemap").path
            return ["-Xcc", "-fmodule-map-file=\(map)"]
        }
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
            "swiftc", "-emit-sil", "-o", folder.file("out.sil").path, "-swift-version", "6", "-package-name",
            "stranger",
            "-module-cache-path", folder.file("cache").path, "-I", modules.path, source.path,
        ]
        compiler.arguments? += maps
        let output = Pipe()
        compiler.standardError = output
        compiler.standardOutput = FileHandle.nullDevice
        try compiler.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        compiler.waitUntilExit()
        let errors = said.split(separator: "\n").map(String.init).filter { $0.contains("error:") }
        return Answer(isAccepted: compiler.terminationStatus == 0, errors: errors)
    }

    @Test func usingAGrantOnceCompiles() throws {
        let answer = try compile(
            """
            func once(_ cohort: Cohort, _ step: consuming StepGrant) throws -> Release {
                try PrivateSum.release(.userCount, of: cohort, spending: step, maxUsers: 1)
            }
            func run(_ cohort: Cohort, _ run: consuming RunGrant) throws {
                while let step = run.next() { _ = try once(cohort, step) }
                try run.finish()
            }
            """)
        #expect(answer.isAccepted, "\(answer.errors)")
    }

    static let refused: [(what: String, source: String, says: String)] = [
        (
            "a step spent twice",
            """
            func f(_ cohort: Cohort, _ step: consuming StepGrant) throws {
                _ = try PrivateSum.release(.userCount, of: cohort, spending: step, maxUsers: 1)
                _ = try PrivateSum.release(.itemCounts, of: cohort, spending: step, maxUsers: 1)
            }
            """, "consumed more than once"
        ),
        (
            "a step spent in a loop",
            """
            func f(_ cohort: Cohort, _ step: consuming StepGrant) throws {
                for _ in 0..<2 { _ = try PrivateSum.release(.userCount, of: cohort, spending: step, maxUsers: 1) }
            }
            """, "consumed in a loop"
        ),
        (
            "a step spent at two doors",
            """
            func f(_ cohort: Cohort, _ step: consuming StepGrant) throws {
                _ = try PrivateSelection.mostCommonItem(of: cohort, spending: step)
                _ = try PrivateSum.release(.userCount, of: cohort, spending: step, maxUsers: 1)
            }
            """, "consumed more than once"
        ),
        (
            "a borrowed step",
            """
            func f(_ cohort: Cohort, _ step: borrowing StepGrant) throws {
                _ = try PrivateSum.release(.userCount, of: cohort, spending: step, maxUsers: 1)
            }
            """, "cannot be consumed"
        ),
        (
            "a run after its end",
            """
            func f(_ run: consuming RunGrant) throws {
                try run.finish()
                _ = run.next()
            }
            """, "used after consume"
        ),
        (
            "a copy of a run",
            """
            func f(_ run: consuming RunGrant) throws {
                var other = run
                _ = other.next()
                _ = run.next()
            }
            """, "used after consume"
        ),
        (
            "steps kept in an array", "func f(_ step: consuming StepGrant) { let kept: [StepGrant] = [step] }",
            "Copyable"
        ),
        (
            "a step of one's own making",
            "func f(_ event: PrivacyEvent, _ cohort: CohortDigest) -> StepGrant { StepGrant(event: event, cohort: cohort) }",
            "inaccessible"
        ),
        (
            "a run of one's own making",
            """
            func f(_ plan: RunPlan) -> RunGrant {
                RunGrant(
                    run: RunID(hex: ""), ledger: .memory(""), cohort: CohortDigest(hex: ""), policy: PolicyHash(hex: ""),
                    plan: plan, settle: { _ in })
            }
            """, "inaccessible"
        ),
        (
            "noise without a grant", "func f() { var x = DiscreteLaplace(scale: Rational(1, 1)!) }", "cannot find"
        ),
        (
            "one step for two periods of a stream",
            """
            func f(_ stream: inout ContinualCounts, _ cohort: Cohort, _ step: consuming StepGrant) throws {
                _ = try stream.closePeriod(cohort, spending: step)
                _ = try stream.closePeriod(cohort, spending: step)
            }
            """, "consumed more than once"
        ),
    ]

    @Test("does not compile", arguments: refused.indices)
    func doesNotCompile(index: Int) throws {
        let (what, source, says) = Self.refused[index]
        let answer = try compile(source)
        #expect(!answer.isAccepted, "\(what) compiles")
        #expect(answer.errors.contains { $0.contains(says) }, "\(what): \(answer.errors)")
    }
}
