// SPDX-License-Identifier: Apache-2.0

import Yams

/// Turns the text of a policy into nodes that know their lines, and refuses every YAML feature that a policy has no use
/// for: what cannot be written cannot be misread.
enum PolicyText {
    /// Longer is no policy.
    static let maxBytes = 65_536

    static func root(of yaml: String, file: String) throws(PolicyError) -> Node {
        guard yaml.utf8.count <= maxBytes else {
            throw .unreadable(.init(file: file, line: 1), problem: "a policy has at most \(maxBytes) bytes")
        }
        try refuseFancySyntax(of: yaml, file: file)
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw PolicyError.unreadable(.init(file: file, line: 1), problem: "the file holds no key")
            }
            return node
        } catch let error as PolicyError {
            throw error
        } catch let error as YamlError {
            throw policyError(error, yaml: yaml, file: file)
        } catch {
            throw .unreadable(.init(file: file, line: 1), problem: "not YAML")
        }
    }

    /// Anchors, aliases, tags, flow collections, block scalars, directives and further documents: none has a use here,
    /// and some (a nested alias, a merge key) hide what a policy says.
    private static func refuseFancySyntax(of yaml: String, file: String) throws(PolicyError) {
        var number = 0
        for line in yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let code = withoutComment(line)
            let place = PolicyError.Place(file: file, line: number)
            if let character = code.first(where: { "&*!{}[]|>%@`\t\"'?".contains($0) }) {
                let shown = character == "\t" ? "a tab" : "\(character)"
                throw .unreadable(place, problem: "\(shown) has no place in a policy: write plain `key: value` lines")
            }
            if code.hasPrefix("---") || code.hasPrefix("...") {
                throw .unreadable(place, problem: "a policy is one document, without \(code.prefix(3))")
            }
        }
    }

    /// The line up to a `#` that begins a comment: at the start or after a space.
    private static func withoutComment(_ line: Substring) -> Substring {
        var previous: Character = " "
        for index in line.indices {
            if line[index] == "#" && (previous == " " || previous == "\t") { return line[..<index] }
            previous = line[index]
        }
        return line
    }

    private static func policyError(_ error: YamlError, yaml: String, file: String) -> PolicyError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return .unreadable(.init(file: file, line: mark.line), problem: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            let lines = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let indent = String(repeating: " ", count: context.mark.column - 1)
            // Yams marks the first of the two; the second stands further down at the same indentation.
            let second = lines.indices.first { $0 >= context.mark.line && lines[$0].hasPrefix(indent + key + ":") }
            return .duplicateKey(
                .init(file: file, line: (second ?? context.mark.line - 1) + 1), key: key, first: context.mark.line)
        case .reader(let problem, _, _, _):
            return .unreadable(.init(file: file, line: 1), problem: "not YAML: \(problem)")
        default: return .unreadable(.init(file: file, line: 1), problem: "not YAML")
        }
    }
}
