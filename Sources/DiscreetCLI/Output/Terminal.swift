// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What is known of the terminal, and standard error.
enum Terminal {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Colour only on a terminal, and not where NO_COLOR is set or the terminal is dumb.
    static var style: Style {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        return outputIsTerminal && !isPlain ? .coloured : .plain
    }

    /// One line on standard error. What cannot be written there is lost: there is nobody to tell.
    static func line(_ text: String) { raw(text + "\n") }

    /// A remark of ours on standard error.
    static func note(_ text: String) { line("discreet: \(text)") }

    static func raw(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

/// How marked text looks.
enum Style: Sendable {
    case plain, coloured

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func good(_ text: String) -> String { wrap(text, "32") }
    func bad(_ text: String) -> String { wrap(text, "31") }

    private func wrap(_ text: String, _ code: String) -> String {
        self == .plain ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
