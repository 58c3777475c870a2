// SPDX-License-Identifier: Apache-2.0

import Yams

/// One mapping of a policy file: its keys are checked against the known ones before a value is read.
struct PolicySection {
    let file: String
    /// Where the section begins.
    let line: Int
    /// Dotted, with a point at the end; empty at the top.
    private let prefix: String
    private var entries: [String: (node: Node, line: Int)] = [:]

    init(_ node: Node, file: String, line: Int, prefix: String, allowed: [String]) throws(PolicyError) {
        (self.file, self.line, self.prefix) = (file, line, prefix)
        guard case .mapping(let mapping) = node else {
            throw .badValue(
                .init(file: file, line: line), key: prefix.isEmpty ? "policy" : String(prefix.dropLast()),
                found: Self.text(of: node), allowed: "the keys " + allowed.joined(separator: ", "))
        }
        for (keyNode, valueNode) in mapping {
            let keyLine = keyNode.mark?.line ?? line
            guard case .scalar(let key) = keyNode, allowed.contains(key.string) else {
                throw .unknownKey(
                    .init(file: file, line: keyLine), key: prefix + Self.text(of: keyNode), allowed: allowed)
            }
            entries[key.string] = (valueNode, keyLine)
        }
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    func place(of key: String) -> PolicyError.Place { .init(file: file, line: entries[key]?.line ?? line) }

    func section(_ key: String, allowed: [String]) throws(PolicyError) -> PolicySection? {
        guard let entry = entries[key] else { return nil }
        return try PolicySection(entry.node, file: file, line: entry.line, prefix: prefix + key + ".", allowed: allowed)
    }

    func requiredSection(_ key: String, allowed: [String]) throws(PolicyError) -> PolicySection {
        guard let section = try section(key, allowed: allowed) else {
            throw missing(key, "the keys " + allowed.joined(separator: ", "))
        }
        return section
    }

    /// A mapping from names that the operator chose to sections; empty if there is none.
    func namedSections(_ key: String, allowed: [String]) throws(PolicyError) -> [String: PolicySection] {
        guard let entry = entries[key] else { return [:] }
        guard case .mapping(let mapping) = entry.node else {
            throw .badValue(
                place(of: key), key: prefix + key, found: Self.text(of: entry.node),
                allowed: "names, each with a section")
        }
        var sections: [String: PolicySection] = [:]
        for (keyNode, node) in mapping {
            let line = keyNode.mark?.line ?? entry.line
            guard case .scalar(let name) = keyNode, PolicyRules.isName(name.string) else {
                throw .badValue(
                    .init(file: file, line: line), key: prefix + key, found: Self.text(of: keyNode),
                    allowed: PolicyRules.name)
            }
            sections[name.string] = try PolicySection(
                node, file: file, line: line, prefix: prefix + key + "." + name.string + ".", allowed: allowed)
        }
        return sections
    }

    /// The entries of a list, each where it stands; nil if there is none.
    func list(_ key: String, allowed: String) throws(PolicyError) -> [(text: String, place: PolicyError.Place)]? {
        guard let entry = entries[key] else { return nil }
        guard case .sequence(let sequence) = entry.node else {
            throw .badValue(place(of: key), key: prefix + key, found: Self.text(of: entry.node), allowed: allowed)
        }
        var list: [(text: String, place: PolicyError.Place)] = []
        for node in sequence {
            let place = PolicyError.Place(file: file, line: node.mark?.line ?? entry.line)
            guard case .scalar(let scalar) = node else {
                throw .badValue(place, key: prefix + key, found: Self.text(of: node), allowed: allowed)
            }
            list.append((scalar.string, place))
        }
        return list
    }

    /// The value of `key` as `parse` reads it; an error that says what is `allowed` where that gives nil.
    func value<Value>(_ key: String, allowed: String, parse: (String) -> Value?) throws(PolicyError) -> Value? {
        guard let entry = entries[key] else { return nil }
        guard case .scalar(let scalar) = entry.node, let value = parse(scalar.string) else {
            throw .badValue(
                place(of: key), key: prefix + key, found: Self.text(of: entry.node), allowed: allowed)
        }
        return value
    }

    func required<Value>(_ key: String, allowed: String, parse: (String) -> Value?) throws(PolicyError) -> Value {
        guard let value = try value(key, allowed: allowed, parse: parse) else { throw missing(key, allowed) }
        return value
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(PolicyError) -> Int? {
        try value(key, allowed: PolicyRules.integers(range)) { text in
            guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else { return nil }
            return range.contains(number) ? number : nil
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) throws(PolicyError) -> Choice? where Choice.RawValue == String {
        try value(key, allowed: Self.list(type), parse: Choice.init(rawValue:))
    }

    func requiredChoice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) throws(PolicyError) -> Choice where Choice.RawValue == String {
        try required(key, allowed: Self.list(type), parse: Choice.init(rawValue:))
    }

    func missing(_ key: String, _ allowed: String) -> PolicyError {
        .missingKey(.init(file: file, line: line), key: prefix + key, allowed: allowed)
    }

    private static func list<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> String
    where Choice.RawValue == String {
        "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func text(of node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
