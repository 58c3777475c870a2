// SPDX-License-Identifier: Apache-2.0

import Interactions
import Testing

struct CatalogueTests {
    @Test("positions follow the order of import")
    func positions() {
        let catalogue = Catalogue(["b", "a", "c"].map { CatalogueItem(id: $0) })
        #expect(catalogue.count == 3)
        #expect(catalogue.position(of: "b") == 0 && catalogue.position(of: "c") == 2)
        #expect(catalogue.position(of: "") == nil && catalogue.position(of: "B") == nil)
    }

    @Test("of items with one id the first stays, and the others take no position")
    func duplicates() {
        let catalogue = Catalogue([
            CatalogueItem(id: "a", title: "first"), CatalogueItem(id: "a", title: "second"), CatalogueItem(id: "b"),
        ])
        #expect(catalogue.items.map(\.title) == ["first", ""])
        #expect(catalogue.position(of: "b") == 1)
    }

    @Test("ids are kept byte for byte: canonically equal strings are two items")
    func exactIDs() {
        let catalogue = Catalogue(["\u{E9}", "e\u{301}", "e\u{301}", "\u{0}", ""].map { CatalogueItem(id: $0) })
        #expect(catalogue.count == 4)
        #expect(catalogue.position(of: "\u{E9}") == 0 && catalogue.position(of: "e\u{301}") == 1)
        #expect(catalogue.position(of: "\u{0}") == 2 && catalogue.position(of: "") == 3)
    }
}
