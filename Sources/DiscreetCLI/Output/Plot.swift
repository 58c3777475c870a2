// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One curve in a frame, as an SVG that needs nothing from anywhere.
struct Plot {
    let points: [(x: Double, y: Double)]
    let horizontal: String
    let vertical: String
    /// Whether the vertical axis is in powers of ten.
    let isLogarithmic: Bool

    private static let (width, height) = (640.0, 400.0)
    private static let (left, right, top, bottom) = (84.0, 24.0, 24.0, 56.0)

    var svg: String {
        let shown = points.filter { $0.x.isFinite && $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
        let xs = Self.range(shown.map(\.x))
        let ys = Self.range(shown.map { height($0.y) }, fromZero: !isLogarithmic)
        func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            let w = Self.width - Self.left - Self.right
            let h = Self.height - Self.top - Self.bottom
            return (
                Self.left + w * (x - xs.low) / (xs.high - xs.low),
                Self.height - Self.bottom - h * (y - ys.low) / (ys.high - ys.low)
            )
        }
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="13">"#,
            #"<rect width="640" height="400" fill="white"/>"#,
        ]
        for k in 0...4 {
            let x = xs.low + (xs.high - xs.low) * Double(k) / 4
            let y = ys.low + (ys.high - ys.low) * Double(k) / 4
            let (acrossX, acrossY) = (place(x, ys.low), place(xs.low, y))
            lines.append(
                #"<path d="M\#(Self.number(acrossX.x)) 24V344M84 \#(Self.number(acrossY.y))H616" stroke="lightgray" fill="none"/>"#
            )
            lines.append(
                #"<text x="\#(Self.number(acrossX.x))" y="362" text-anchor="middle">\#(Numbers.brief(x))</text>"#)
            let label = isLogarithmic ? String(format: "%.2g", pow(10, y)) : Numbers.brief(y)
            lines.append(#"<text x="78" y="\#(Self.number(acrossY.y + 4))" text-anchor="end">\#(label)</text>"#)
        }
        let path = shown.enumerated().map { index, point in
            let at = place(point.x, height(point.y))
            return "\(index == 0 ? "M" : "L")\(Self.number(at.x)) \(Self.number(at.y))"
        }.joined()
        lines.append(#"<path d="\#(path)" stroke="seagreen" stroke-width="2" fill="none"/>"#)
        lines.append(#"<text x="350" y="388" text-anchor="middle">\#(Self.escaped(horizontal))</text>"#)
        lines.append(#"<text x="84" y="16">\#(Self.escaped(vertical))</text>"#)
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func height(_ y: Double) -> Double { isLogarithmic ? log10(y) : y }

    /// A range that is never empty.
    private static func range(_ values: [Double], fromZero: Bool = false) -> (low: Double, high: Double) {
        let low = fromZero ? 0 : values.min() ?? 0
        let high = values.max() ?? 1
        return high > low ? (low, high) : (low, low + 1)
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}
