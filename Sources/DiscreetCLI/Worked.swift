// SPDX-License-Identifier: Apache-2.0

/// A help text: what is worth knowing, then one worked example, as every command shows.
func worked(_ text: String = "", example: String) -> String {
    let lines = example.split(separator: "\n").map { "  $ \($0)" }.joined(separator: "\n")
    let shown = "EXAMPLE:\n\(lines)"
    return text.isEmpty ? shown : "\(text)\n\n\(shown)"
}
