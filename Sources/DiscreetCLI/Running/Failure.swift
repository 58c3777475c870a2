// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

/// Why a command did not do what was asked, in CONTRACT's words and codes.
struct Failure {
    /// What is told: nil where nothing is (help, a reader that left, a result that was printed already).
    struct Notice: Encodable {
        let code: String
        let message: String
        let hint: String
    }

    private enum Answer {
        case help(String)
        case quiet(Int32)
        case notice(Notice, Int32)
    }

    private let answer: Answer
    private let inJSON: Bool

    init(_ error: any Error, inJSON: Bool) {
        answer = Self.answer(to: error)
        self.inJSON = inJSON
    }

    /// Tells it: one line on standard error and, in JSON mode, one document on standard output.
    /// - Returns: The exit code.
    func report() -> Int32 {
        switch answer {
        case .help(let text):
            do { try StandardOutput.write(text + "\n") } catch { return Failure(error, inJSON: false).report() }
            return 0
        case .quiet(let code):
            return code
        case .notice(let notice, let code):
            if inJSON, let document = try? JSONDocument.bytes(of: ["error": notice]) {
                try? StandardOutput.write(document)
            }
            Terminal.line("discreet: error: \(Self.sentence(notice.message)) \(Self.sentence(notice.hint))")
            return code
        }
    }

    private static func answer(to error: any Error) -> Answer {
        switch error {
        case let error as DiscreetError where Task.isCancelled && error.code == .io && error.message == "Interrupted":
            return .notice(
                .init(code: "stopped", message: "stopped by a signal", hint: error.hint), CommandRun.stopped)
        case let error as DiscreetError:
            return .notice(
                .init(code: error.code.rawValue, message: error.message, hint: error.hint), error.code.exitCode)
        case is CancellationError:
            let hint = "Nothing is lost: run the same command again"
            return .notice(.init(code: "stopped", message: "stopped by a signal", hint: hint), CommandRun.stopped)
        case is ReaderLeft:
            return .quiet(0)
        case let code as ExitCode:
            return .quiet(code.rawValue)
        case let error as OutputError:
            return .notice(error.notice, DiscreetError.Code.io.exitCode)
        default:
            return parsingAnswer(to: error)
        }
    }

    /// What ArgumentParser threw: help and version to standard output, wrong usage as code 64. Anything else that
    /// arrives here is a defect of ours.
    private static func parsingAnswer(to error: any Error) -> Answer {
        let full = DiscreetCommand.fullMessage(for: error)
        let code = DiscreetCommand.exitCode(for: error)
        if code == .success { return .help(full) }
        guard code == .validationFailure else {
            let name = String(describing: type(of: error))
            let hint = "This is a defect of Discreet: please report it with the command that you ran"
            return .notice(
                .init(code: DiscreetError.Code.internalError.rawValue, message: "internal error (\(name))", hint: hint),
                DiscreetError.Code.internalError.exitCode)
        }
        let message = DiscreetCommand.message(for: error).split(separator: "\n").joined(separator: " ")
        return .notice(
            .init(code: DiscreetError.Code.usage.rawValue, message: message, hint: helpHint(full)),
            DiscreetError.Code.usage.exitCode)
    }

    /// ArgumentParser ends a usage error with "See 'discreet train --help' for more information."
    private static func helpHint(_ full: String) -> String {
        let see = full.split(separator: "\n").last { $0.contains("--help") }
        let command = see?.split(separator: "'").first { $0.hasSuffix("--help") || $0.hasPrefix("discreet ") }
        return "See '\(command ?? "discreet --help")'"
    }

    /// `text` on one line, made harmless for a terminal, with a full stop.
    private static func sentence(_ text: String) -> String {
        let line = DisplayText.escaped(text.trimmingCharacters(in: .whitespacesAndNewlines))
        guard let last = line.last, !".!?".contains(last) else { return line }
        return line + "."
    }
}
