// SPDX-License-Identifier: Apache-2.0

import Discreet

// What count and recommend say.

extension Page {
    /// The first items in catalogue order would tell little, so the largest counts are shown.
    mutating func show(_ report: CountReport, file: String?) {
        let shown = 10
        line(
            "\(Numbers.counted(report.counts.count, "item")) counted with \(report.mechanism) noise of scale "
                + "\(Numbers.brief(report.scale)): \(report.privacy.words).")
        if let stream = report.stream {
            line(
                "  Period \(stream.period) of \(stream.periods) of the stream \(DisplayText.escaped(stream.name)): paid once for all."
            )
        }
        if let file { line("  Written to \(DisplayText.escaped(file)).") }
        var rows = Table([.text("item"), .number("count")])
        for entry in report.counts.sorted(by: { $0.count > $1.count }).prefix(shown) {
            rows.add([entry.item, Numbers.grouped(entry.count)])
        }
        table(rows)
        if report.counts.count > shown {
            line("  … \(Numbers.grouped(report.counts.count - shown)) more, by --json or -o FILE")
        }
    }

    mutating func show(_ report: RecommendReport, file: String?) {
        if let file {
            let lists = Numbers.counted(report.results.count, "list")
            return line("Wrote \(lists) by \(DisplayText.escaped(report.model.name)) to \(DisplayText.escaped(file)).")
        }
        for result in report.results {
            let audience = result.user.map { "for \($0)" } ?? "for the history given"
            heading("\(audience), by \(report.model.name)")
            show(result.items)
        }
    }

    private mutating func show(_ items: [RecommendReport.Item]) {
        let isExplained = items.contains { $0.because != nil }
        let reasons: [Table.Column] = isExplained ? [.text("because", limit: 72)] : []
        var rows = Table(
            [.number("rank"), .text("item", limit: 24), .text("title", limit: 36), .number("score")] + reasons)
        for (index, item) in items.enumerated() {
            rows.add([
                "\(index + 1)", item.item, item.title, Numbers.fixed(item.score, 4), Self.reasons(item.because ?? []),
            ])
        }
        table(rows)
        if items.isEmpty { line("  nothing to recommend") }
    }

    /// The three own items that count most, with their shares.
    private static func reasons(_ because: [RecommendReport.Because]) -> String {
        because.prefix(3)
            .map { "\(Numbers.percent($0.share)) \($0.title.isEmpty ? $0.item : $0.title)" }
            .joined(separator: ", ")
    }
}

extension CountReport {
    /// `item,count`, in catalogue order.
    var csv: String {
        CSV.line(["item", "count"]) + counts.map { CSV.line([$0.item, String($0.count)]) }.joined()
    }
}

extension RecommendReport {
    /// `user,rank,item,score`, ids byte for byte; a column `because` with item=share cells where explained.
    var csv: String { csv { $0 } }

    /// The same, made harmless for a terminal.
    var displayCSV: String { csv(DisplayText.escaped) }

    private func csv(_ cell: (String) -> String) -> String {
        let isExplained = results.contains { $0.items.contains { $0.because != nil } }
        var text = CSV.line(["user", "rank", "item", "score"] + (isExplained ? ["because"] : []))
        for result in results {
            for (index, item) in result.items.enumerated() {
                let reasons = (item.because ?? []).map { "\($0.item)=\($0.share)" }.joined(separator: "|")
                let cells = [result.user ?? "", "\(index + 1)", item.item, "\(item.score)"]
                text += CSV.line((cells + (isExplained ? [reasons] : [])).map(cell))
            }
        }
        return text
    }
}
