// SPDX-License-Identifier: Apache-2.0

/// An answer for people, line by line.
struct Page {
    let style: Style
    private(set) var text = ""

    init(style: Style) { self.style = style }

    /// A line of our own words.
    mutating func line(_ words: String = "") { text += words + "\n" }

    mutating func heading(_ words: String) { line(style.bold(DisplayText.escaped(words))) }

    /// Labels and what they stand for, aligned. Values are made harmless.
    mutating func fields(_ fields: [(String, String)]) {
        let width = fields.map { DisplayText.width($0.0) }.max() ?? 0
        for (label, value) in fields {
            let gap = String(repeating: " ", count: width - DisplayText.width(label))
            line("  \(style.dim(label))\(gap)  \(DisplayText.escaped(value))")
        }
    }

    mutating func table(_ table: Table) { text += table.rendered(style) }

    /// "ok" or "FAILED".
    func mark(_ isOK: Bool) -> String { isOK ? style.good("ok") : style.bad("FAILED") }
}
