// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
public import Interactions

extension Vault {
    /// Adds items in order and replaces title and features of those that are there. Positions never change.
    ///
    /// All or nothing, durable on return. Of two items with one id in the list, the later one updates the earlier.
    public func importCatalogue(
        _ items: [CatalogueItem]
    ) throws -> (added: Int, updated: Int, unchanged: Int) {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                var counts = (added: 0, updated: 0, unchanged: 0)
                let find = try database.cachedStatement(sql: "SELECT position, title, features FROM items WHERE id = ?")
                let insert = try database.cachedStatement(
                    sql: "INSERT INTO items (position, id, title, features) VALUES (?, ?, ?, ?)")
                let update = try database.cachedStatement(
                    sql: "UPDATE items SET title = ?, features = ? WHERE position = ?")
                var next = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM items") ?? 0
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                for item in items {
                    let (id, title) = (Data(item.id.utf8), Data(item.title.utf8))
                    let features = try encoder.encode(item.features)
                    if let row = try Row.fetchOne(find, arguments: [id]) {
                        if row[1] == title, row[2] == features {
                            counts.unchanged += 1
                        } else {
                            try update.execute(arguments: [title, features, row[0] as Int64])
                            counts.updated += 1
                        }
                    } else {
                        try insert.execute(arguments: [next, id, title, features])
                        next += 1
                        counts.added += 1
                    }
                }
                return counts
            }
        }
    }

    /// The whole catalogue, in order of positions.
    /// - Throws: `.notOurs` if positions are not 0, 1, 2… or an item does not read: the file was changed by another hand.
    public func catalogue() throws -> Catalogue {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            let items = try vaultFile.read { database in
                let decoder = JSONDecoder()
                var items: [CatalogueItem] = []
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT position, id, title, features FROM items ORDER BY position")
                while let row = try rows.next() {
                    guard row[0] == items.count,
                        let features = try? decoder.decode([String: [String]].self, from: row[3] as Data)
                    else { throw VaultError.notOurs(file: VaultSchema.vaultFile) }
                    let id = String(decoding: row[1] as Data, as: UTF8.self)
                    let title = String(decoding: row[2] as Data, as: UTF8.self)
                    items.append(CatalogueItem(id: id, title: title, features: features))
                }
                return items
            }
            let catalogue = Catalogue(items)
            guard catalogue.count == items.count else { throw VaultError.notOurs(file: VaultSchema.vaultFile) }
            return catalogue
        }
    }

    /// How many items the catalogue has. Public.
    public func itemCount() throws -> Int {
        try VaultError.wrapping(VaultSchema.vaultFile) { try vaultFile.read(Self.itemCount) }
    }

    static func itemCount(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM items") ?? 0
    }
}
