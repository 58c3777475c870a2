// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation

/// Accuracy over ε, one line a model, as an SVG that needs nothing from anywhere. The values of ε stand at equal distances, ∞ last.
struct ComparisonPlot {
    private let epsilons: [String]
    private let curves: [(name: String, points: [(place: Int, mean: Double, least: Double, greatest: Double)])]
    private let levels: [(name: String, value: Double)]
    private let metric: String

    private static let colours = [
        "seagreen", "firebrick", "royalblue", "darkorange", "purple", "teal", "deeppink", "olive",
    ]

    init(_ report: CompareReport, metric: String) {
        let amounts = Array(Set(report.rows.map(\.epsilon))).sorted()
        epsilons = amounts.map { $0.isInfinite ? "∞" : Numbers.brief($0.value) }
        var kinds: [String] = []
        for row in report.rows where !kinds.contains(row.kind) { kinds.append(row.kind) }
        curves = kinds.map { kind in
            let points = report.rows.filter { $0.kind == kind }.compactMap { row in
                row.metrics[metric].map {
                    (
                        place: amounts.firstIndex(of: row.epsilon) ?? 0, mean: $0.mean, least: $0.least,
                        greatest: $0.greatest
                    )
                }
            }
            return (kind, points.sorted { $0.place < $1.place })
        }
        levels = report.lines.compactMap { line in line.metrics[metric].map { (line.name, $0) } }
        self.metric = metric
    }

    var svg: String {
        let top = (curves.flatMap { $0.points.map(\.greatest) } + levels.map(\.value)).max() ?? 1
        let scale = top > 0 ? top * 1.05 : 1
        func x(_ place: Int) -> Double { 70 + 430 * (Double(place) + 0.5) / Double(max(epsilons.count, 1)) }
        func y(_ value: Double) -> Double { 350 - 320 * value / scale }
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 410" font-family="sans-serif" font-size="13">"#,
            #"<rect width="760" height="410" fill="white"/>"#,
        ]
        for k in 0...4 {
            let value = scale * Double(k) / 4
            lines.append(#"<path d="M70 \#(Self.number(y(value)))H500" stroke="lightgray" fill="none"/>"#)
            lines.append(
                #"<text x="64" y="\#(Self.number(y(value) + 4))" text-anchor="end">\#(Numbers.fixed(value, 3))</text>"#)
        }
        for (place, label) in epsilons.enumerated() {
            lines.append(#"<text x="\#(Self.number(x(place)))" y="370" text-anchor="middle">\#(label)</text>"#)
        }
        var legend = 40.0
        func name(_ text: String, _ colour: String) {
            lines.append(#"<text x="512" y="\#(Self.number(legend))" fill="\#(colour)">\#(Self.escaped(text))</text>"#)
            legend += 20
        }
        for (index, curve) in curves.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let path = curve.points.enumerated().map { number, point in
                "\(number == 0 ? "M" : "L")\(Self.number(x(point.place))) \(Self.number(y(point.mean)))"
            }.joined()
            lines.append(#"<path d="\#(path)" stroke="\#(colour)" stroke-width="2" fill="none"/>"#)
            for point in curve.points {
                let (at, low, high) = (Self.number(x(point.place)), y(point.least), y(point.greatest))
                lines.append(
                    #"<path d="M\#(at) \#(Self.number(low))V\#(Self.number(high))" stroke="\#(colour)" fill="none"/>"#)
                lines.append(#"<circle cx="\#(at)" cy="\#(Self.number(y(point.mean)))" r="3" fill="\#(colour)"/>"#)
            }
            name(curve.name, colour)
        }
        for level in levels {
            lines.append(
                #"<path d="M70 \#(Self.number(y(level.value)))H500" stroke="gray" stroke-dasharray="5 4" fill="none"/>"#
            )
            name("- - \(level.name) \(Numbers.fixed(level.value, 3))", "gray")
        }
        lines.append(#"<text x="285" y="395" text-anchor="middle">ε</text>"#)
        lines.append(#"<text x="70" y="18">\#(Self.escaped(metric))</text>"#)
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}
