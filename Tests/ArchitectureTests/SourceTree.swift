// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Our own sources as text, comments and string literals' contents aside.
struct SourceTree {
    struct File {
        let target: String
        let path: String
        let lines: [String]
    }

    let files: [File]

    /// Reads every Swift file below `Sources`.
    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        files = try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            return File(
                target: String(path.prefix { $0 != "/" }), path: path,
                lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.withoutComment))
        }
    }

    /// Where a line of code matches, as "path:line".
    func places(matching pattern: some RegexComponent, outside allowed: Set<String> = []) -> [String] {
        files.filter { !allowed.contains($0.target) }.flatMap { file in
            file.lines.enumerated().filter { $0.element.contains(pattern) }.map { "\(file.path):\($0.offset + 1)" }
        }
    }

    private static func withoutComment(_ line: Substring) -> String {
        guard let comment = line.range(of: "//") else { return String(line) }
        return String(line[..<comment.lowerBound])
    }
}
