// SPDX-License-Identifier: Apache-2.0

/// One item of the public catalogue.
public struct CatalogueItem: Hashable, Codable, Sendable {
    /// The outside id, kept byte for byte.
    public var id: String
    public var title: String
    /// Public features by column; a `|`-separated cell is a list.
    public var features: [String: [String]]

    public init(id: String, title: String = "", features: [String: [String]] = [:]) {
        self.id = id
        self.title = title
        self.features = features
    }
}

/// The public list of items, in order of import. A position never changes.
public struct Catalogue: Sendable {
    public let items: [CatalogueItem]
    private let positions: [ExactID: UInt32]

    /// Later items with an id that is already there are left out.
    public init(_ items: [CatalogueItem]) {
        var positions: [ExactID: UInt32] = [:]
        var kept: [CatalogueItem] = []
        for item in items where positions[ExactID(item.id)] == nil {
            positions[ExactID(item.id)] = UInt32(kept.count)
            kept.append(item)
        }
        self.items = kept
        self.positions = positions
    }

    public var count: Int { items.count }
    /// Where the item with this id is, nil if the catalogue does not have it.
    public func position(of id: String) -> UInt32? { positions[ExactID(id)] }
}

/// An id compared byte for byte: `String` takes "é" and "e" with an accent for one, outside systems do not.
private struct ExactID: Hashable {
    private let id: String

    init(_ id: String) { self.id = id }

    static func == (a: ExactID, b: ExactID) -> Bool { a.id.utf8.elementsEqual(b.id.utf8) }

    /// Equal bytes are equal strings, so the string's own hash serves.
    func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
