// SPDX-License-Identifier: Apache-2.0

import Interactions

/// Catalogue items from lines of JSON: `item` and `title`; each other member is a feature, a list where it is an array.
struct JSONCatalogue {
    let idName: String
    private let titleName: [UInt8]
    private let idBytes: [UInt8]
    private var object = JSONMembers(keepsElements: true)

    init(columns: [String: String]) {
        idName = columns["item"] ?? "item"
        idBytes = Array(idName.utf8)
        titleName = Array((columns["title"] ?? "title").utf8)
    }

    /// The item of a line, or the reason why it is none.
    mutating func item(_ line: Span<UInt8>) -> Result<CatalogueItem, Flaw> {
        guard object.read(line) else { return .failure(Flaw(field: "row", reason: .badEncoding)) }
        guard let id = object.member(idBytes)?.value, id.kind != .null else {
            return .failure(Flaw(field: idName, reason: .missingField))
        }
        guard id.kind == .string || object.isWhole(id), let text = string(id) else {
            return .failure(Flaw(field: idName, reason: .badEncoding))
        }
        var item = CatalogueItem(id: text)
        for member in object.members where !object.text[member.name].elementsEqual(idBytes) {
            let isTitle = object.text[member.name].elementsEqual(titleName)
            guard let name = TextParsing.string(Array(object.text[member.name])), !name.isEmpty,
                let values = values(of: member)
            else { return .failure(Flaw(field: "row", reason: .badEncoding)) }
            if isTitle {
                item.title = values.first ?? ""
            } else if !values.isEmpty {
                item.features[name] = values
            }
        }
        return .success(item)
    }

    struct Flaw: Error {
        let field: String
        let reason: RejectionReason
    }

    /// Each value once; nil where one is an object, an array within an array, or has a NUL.
    private func values(of member: JSONMembers.Member) -> [String]? {
        let all = member.value.kind == .array ? object.elements[member.elements] : [member.value]
        var values: [String] = []
        var seen: Set<String> = []
        for value in all where value.kind != .null {
            guard let text = string(value) else { return nil }
            if !text.isEmpty && seen.insert(text).inserted { values.append(text) }
        }
        return values
    }

    private func string(_ value: JSONMembers.Value) -> String? {
        switch value.kind {
        case .string, .number: TextParsing.string(Array(object.text[value.range]))
        case .true: "true"
        case .false: "false"
        case .null, .array, .object: nil
        }
    }
}
