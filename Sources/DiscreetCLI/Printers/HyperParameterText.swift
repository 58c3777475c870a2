// SPDX-License-Identifier: Apache-2.0

import Discreet

/// A model's hyper-parameters, for its help.
enum HyperParameterText {
    /// One paragraph a key: what it means, its range and its default.
    static func list(kind: String) -> String {
        let settings = SettingHelp.settings(ofKind: kind)
        if settings.isEmpty { return "It has no hyper-parameters." }
        let lines = settings.map { "  \($0.key): \($0.meaning); \($0.range); default \($0.defaultRule)" }
        return "Keys of --set, whose defaults depend on public numbers only:\n" + lines.joined(separator: "\n")
    }

    /// The same for models derived as each of these kinds, those that have any.
    static func list(derivedAs kinds: [String]) -> String {
        kinds.flatMap { kind in
            SettingHelp.settings(derivedAs: kind).map {
                "  \(kind): \($0.key): \($0.meaning); \($0.range); default \($0.defaultRule)"
            }
        }.joined(separator: "\n")
    }
}
