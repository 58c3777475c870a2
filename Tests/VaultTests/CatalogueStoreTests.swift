// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

@testable import Vault

struct CatalogueStoreTests {
    @Test("items come back in order, features included, byte for byte")
    func roundTrip() throws {
        let vault = try VaultFixture(itemCount: 0).open()
        let items = [
            CatalogueItem(
                id: "b", title: "Zürich, \"quoted\"", features: ["genre": ["Drama", "War"], "year": ["1999"]]),
            CatalogueItem(id: "a\u{0}b", title: "with a zero byte"), CatalogueItem(id: "\u{E9}"),
        ]
        #expect(try vault.importCatalogue(items) == (3, 0, 0))
        #expect(try vault.catalogue().items == items)
        #expect(try vault.catalogue().position(of: "a\u{0}b") == 1)
    }

    @Test("the same import changes nothing, another updates in place, positions never move")
    func importsAgain() throws {
        let vault = try VaultFixture(itemCount: 0).open()
        let items = (0..<5).map { CatalogueItem(id: "i\($0)", title: "t\($0)") }
        #expect(try vault.importCatalogue(items) == (5, 0, 0))
        #expect(try vault.importCatalogue(items.reversed()) == (0, 0, 5))
        var changed = items[3]
        changed.title = "new"
        #expect(try vault.importCatalogue([CatalogueItem(id: "z"), changed, items[0]]) == (1, 1, 1))
        #expect(try vault.catalogue().items.map(\.title) == ["t0", "t1", "t2", "new", "t4", ""])
        #expect(try vault.itemCount() == 6)
    }

    @Test("an id twice in one import: the later one updates")
    func duplicateInImport() throws {
        let vault = try VaultFixture(itemCount: 0).open()
        let counts = try vault.importCatalogue([CatalogueItem(id: "a", title: "1"), CatalogueItem(id: "a", title: "2")])
        #expect(counts == (1, 1, 0))
        #expect(try vault.catalogue().items.map(\.title) == ["2"])
    }

    @Test("ids that differ in bytes are two items, canonically equal or not")
    func canonicalEquivalence() throws {
        let vault = try VaultFixture(itemCount: 0).open()
        #expect(try vault.importCatalogue([CatalogueItem(id: "\u{E9}"), CatalogueItem(id: "e\u{301}")]) == (2, 0, 0))
        let catalogue = try vault.catalogue()
        #expect(catalogue.position(of: "\u{E9}") == 0 && catalogue.position(of: "e\u{301}") == 1)
    }
}
