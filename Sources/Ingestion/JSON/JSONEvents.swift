// SPDX-License-Identifier: Apache-2.0

import Interactions

/// Events from lines of JSON: an object each, its members named by role or by `--columns`.
///
/// Ids are strings or whole numbers, values and times numbers or strings. A value or time that is not there, or null, is the
/// default, unless `--columns` names it.
struct JSONEvents {
    private var object = JSONMembers()
    private var cells = CellTable(capacity: 4)
    private let names: [EventRole: [UInt8]]
    private let needed: Set<EventRole>
    private let refusesExtra: Bool
    private let kept: KeptRow?
    /// Of the members that are kept.
    private let keptNames: [(column: Int, name: [UInt8])]

    /// Stands in where the real one is out for reading.
    static var placeholder: JSONEvents { JSONEvents(columns: [:], refusesExtra: false, kept: nil) }

    init(columns: [String: String], refusesExtra: Bool, kept: KeptRow?) {
        var names: [EventRole: [UInt8]] = [:]
        for role in EventRole.allCases {
            if let name = columns[role.rawValue] {
                names[role] = Array(name.utf8)
            } else if !columns.values.contains(role.rawValue) {  // else it was given another role
                names[role] = Array(role.rawValue.utf8)
            }
        }
        self.names = names
        self.refusesExtra = refusesExtra
        self.kept = kept
        // A member that was given a role is not kept as well.
        keptNames = (kept?.names ?? []).enumerated().map { ($0, Array($1.utf8)) }
            .filter { !names.values.contains($0.1) }
        needed = Set(EventRole.allCases.filter { $0.isNeeded || columns[$0.rawValue] != nil })
    }

    /// Hands the event's bytes, cells and their meaning to `body`.
    mutating func decode<Result>(
        _ line: Span<UInt8>, rejected: (EventRole?, RejectionReason) throws(IngestionError) -> Result,
        _ body: (Span<UInt8>, CellTable, ColumnMap) throws(IngestionError) -> Result
    ) throws(IngestionError) -> Result {
        guard object.read(line) else { return try rejected(nil, .badEncoding) }
        if refusesExtra && hasExtra { return try rejected(nil, .badEncoding) }
        cells.removeAll()
        var places: [Int?] = [nil, nil, nil, nil]
        for (index, role) in EventRole.allCases.enumerated() {
            guard let name = names[role], let value = object.member(name)?.value, value.kind != .null else {
                if needed.contains(role) { return try rejected(role, .missingField) }
                continue
            }
            guard isUsable(value, as: role) else { return try rejected(role, Self.flaw(of: role)) }
            places[index] = cells.count
            cells.append(value.range.lowerBound, value.range.upperBound)
        }
        gatherKept()
        let map = ColumnMap(user: places[0] ?? 0, item: places[1] ?? 1, value: places[2], time: places[3], width: 4)
        return try body(object.text.span, cells, map)
    }

    private var hasExtra: Bool {
        object.members.contains { member in
            !names.values.contains { object.text[member.name].elementsEqual($0) }
                && !keptNames.contains { object.text[member.name].elementsEqual($0.name) }
        }
    }

    /// Strings as they are, numbers as written, `true` and `false`; null is nothing, and a list or an object cannot be kept.
    private func gatherKept() {
        guard let kept else { return }
        kept.removeAll()
        for (column, name) in keptNames {
            guard let value = object.member(name)?.value else { continue }
            switch value.kind {
            case .string, .number: kept.append(object.text.span.extracting(value.range), column)
            case .true: kept.append(Array("true".utf8).span, column)
            case .false: kept.append(Array("false".utf8).span, column)
            case .null: break
            case .array, .object: kept.refuse(column, .badEncoding)
            }
        }
    }

    private func isUsable(_ value: JSONMembers.Value, as role: EventRole) -> Bool {
        switch value.kind {
        case .string: true
        case .number: !role.isNeeded || object.isWhole(value)
        default: false
        }
    }

    private static func flaw(of role: EventRole) -> RejectionReason {
        switch role {
        case .user, .item: .badEncoding
        case .value: .badNumber
        case .time: .badTime
        }
    }
}

extension JSONMembers {
    /// Whether a number is written with digits alone, so that it has one spelling and can be an id.
    func isWhole(_ value: Value) -> Bool {
        value.kind == .number
            && text[value.range].allSatisfy { $0 == UInt8(ascii: "-") || DecimalParsing.digit($0) != nil }
    }
}
