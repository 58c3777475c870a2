// SPDX-License-Identifier: Apache-2.0

/// Which cell holds what.
struct ColumnMap: Equatable, Sendable {
    let user: Int
    let item: Int
    let value: Int?
    let time: Int?
    /// How many cells a row may have.
    let width: Int

    /// u.data and ratings.dat: user, item, rating, timestamp.
    static let movieLens = ColumnMap(user: 0, item: 1, value: 2, time: 3, width: 4)
    /// ratings.csv
    static let movieLensHeader = ["user": "userId", "item": "movieId", "value": "rating", "time": "timestamp"]

    /// By position, `#1` the first, in a file without header. Nil if `columns` does not speak of positions.
    /// - Parameter refusesExtra: whether a row may have no cell behind the last that is named.
    static func positions(_ columns: [String: String], refusesExtra: Bool = false) throws(IngestionError) -> ColumnMap?
    {
        guard !columns.isEmpty, columns.values.allSatisfy({ position($0) != nil }) else { return nil }
        for role in EventRole.allCases where role.isNeeded && columns[role.rawValue] == nil {
            throw .missingColumn(file: "--columns", column: role.rawValue)
        }
        let found = columns.compactMapValues(position)
        return ColumnMap(
            user: found["user"] ?? 0, item: found["item"] ?? 0, value: found["value"], time: found["time"],
            width: refusesExtra ? (found.values.max() ?? 0) + 1 : .max)
    }

    /// By the names of a header.
    static func header(
        _ names: [String], columns: [String: String], file: String, refusesExtra: Bool = false, kept: [String] = []
    ) throws(IngestionError) -> ColumnMap {
        var found: [EventRole: Int] = [:]
        for role in EventRole.allCases {
            let name = columns[role.rawValue] ?? role.rawValue
            // A column that was given another role has not its own as well.
            if columns[role.rawValue] == nil && columns.values.contains(name) { continue }
            let places = names.indices.filter { names[$0] == name }
            if places.count > 1 { throw .duplicateColumn(file: file, column: name) }
            if places.isEmpty && (role.isNeeded || columns[role.rawValue] != nil) {
                throw .missingColumn(file: file, column: name)
            }
            found[role] = places.first
        }
        let extra = names.indices.filter { !found.values.contains($0) }
        if refusesExtra, let refused = extra.first(where: { !kept.contains(names[$0]) }) {
            throw .extraColumn(file: file, column: names[refused])
        }
        for name in kept where extra.count(where: { names[$0] == name }) > 1 {
            throw .duplicateColumn(file: file, column: name)
        }
        guard let user = found[.user], let item = found[.item] else { throw .missingColumn(file: file, column: "user") }
        return ColumnMap(user: user, item: item, value: found[.value], time: found[.time], width: names.count)
    }

    /// Whether the cell has a role.
    func hasRole(_ cell: Int) -> Bool { [user, item, value, time].contains(cell) }

    static func check(_ columns: [String: String]) throws(IngestionError) {
        for role in columns.keys.sorted() where !EventRole.names.contains(role) {
            throw .unknownRole(role, known: EventRole.names)
        }
        if columns.isEmpty { return }
        var roles: [String: String] = [:]
        for role in EventRole.allCases {
            guard let name = columns[role.rawValue] ?? (role.isNeeded ? role.rawValue : nil) else { continue }
            let column = position(name).map { "#\($0 + 1)" } ?? name
            if let other = roles[column] { throw .sharedColumn(column, roles: [other, role.rawValue]) }
            roles[column] = role.rawValue
        }
    }

    private static func position(_ name: String) -> Int? {
        guard name.hasPrefix("#"), let number = Int(name.dropFirst()), (1...4096).contains(number) else { return nil }
        return number - 1
    }
}
