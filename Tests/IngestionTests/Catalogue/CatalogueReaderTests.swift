// SPDX-License-Identifier: Apache-2.0

import Interactions
import Testing

@testable import Ingestion

struct CatalogueReaderTests {
    private func read(
        _ text: String, name: String = "items.csv", columns: [String: String] = [:], format: TableFormat? = nil
    ) throws -> [CatalogueItem] {
        try CatalogueReader.read(.bytes(Array(text.utf8), name: name), format: format, columns: columns)
    }

    @Test("makes every other column a feature, with bars as lists")
    func readsFeatures() throws {
        let items = try read(
            "year,item,genres,title\r\n1995,i1,Comedy| Drama |Comedy||,\"Toys, \"\"and\"\" more\"\r\n,i2,,\r\n")
        #expect(
            items == [
                CatalogueItem(
                    id: "i1", title: "Toys, \"and\" more", features: ["year": ["1995"], "genres": ["Comedy", "Drama"]]),
                CatalogueItem(id: "i2"),
            ])
    }

    @Test("takes names from --columns, tabs, and a table without title")
    func takesColumns() throws {
        #expect(
            try read("id\tname\n7\tSeven\n", name: "i.tsv", columns: ["item": "id", "title": "name"])
                == [CatalogueItem(id: "7", title: "Seven")])
        #expect(try read("item\na\nb\n").map(\.id) == ["a", "b"])
        #expect(try read("movieId,title,genres\n1,T (1990),Drama\n", format: .movielens).map(\.id) == ["1"])
    }

    @Test("reads u.item and movies.dat, in Latin-1 or UTF-8")
    func readsMovieLens() throws {
        let flags = "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0"
        let uItem =
            Array("1|Mis".utf8) + [0xE9]
            + Array("rables (1995)|01-Jan-1995||http://x|\(flags)\n2|unknown||||1\(flags.dropFirst())\n".utf8)
        let items = try CatalogueReader.read(.bytes(uItem, name: "u.item"))
        #expect(items[0].title == "Mis\u{E9}rables (1995)")
        #expect(items[0].features == ["genres": ["Animation", "Children's", "Comedy"], "year": ["1995"]])
        #expect(items[1].features == ["genres": ["unknown", "Animation", "Children's", "Comedy"]])
        let dat = try read(
            "1::Toy Story: A \"Film\" (1995)::Animation|Comedy\n2::N\u{E9} (2001)::(no genres listed)\n",
            name: "movies.dat")
        #expect(
            dat == [
                CatalogueItem(
                    id: "1", title: "Toy Story: A \"Film\" (1995)",
                    features: ["genres": ["Animation", "Comedy"], "year": ["1995"]]),
                CatalogueItem(id: "2", title: "N\u{E9} (2001)", features: ["year": ["2001"]]),
            ])
    }

    @Test("keeps ids byte for byte, and tells apart what Unicode calls equal")
    func keepsBytes() throws {
        let items = try read("item\ncaf\u{E9}\ncafe\u{301}\n padded \n")
        #expect(items.map { Array($0.id.utf8) } == ["caf\u{E9}", "cafe\u{301}", " padded "].map { Array($0.utf8) })
    }

    @Test(
        "refuses a catalogue that is not right as a whole, naming file, line and column",
        arguments: [
            ("item\na\nb\na\n", .duplicateItem(file: "items.csv", line: 4, firstLine: 2, column: "item")),
            (
                "item,title\n,x\n",
                .badRow(RejectedRow(file: "items.csv", line: 2, field: "item", reason: .missingField))
            ),
            ("item,title\na,b,c\n", .wrongCellCount(file: "items.csv", line: 2, expected: 2, found: 3)),
            ("item,title\na\n", .wrongCellCount(file: "items.csv", line: 2, expected: 2, found: 1)),
            (
                "item,title\n\"a,b\n",
                .badRow(RejectedRow(file: "items.csv", line: 2, field: "row", reason: .badEncoding))
            ),
            ("id\na\n", .missingColumn(file: "items.csv", column: "item")),
            ("item,x,x\n", .duplicateColumn(file: "items.csv", column: "x")), ("item\n", .empty(file: "items.csv")),
            ("", .empty(file: "items.csv")),
            ("item,t\na,\0\n", .badRow(RejectedRow(file: "items.csv", line: 2, field: "row", reason: .badEncoding))),
        ] as [(String, IngestionError)])
    func refusesFlaws(text: String, error: IngestionError) {
        #expect(throws: error) { try read(text) }
    }

    @Test("refuses text that is not UTF-8, and unknown roles")
    func refusesOthers() {
        #expect(throws: IngestionError.self) {
            try CatalogueReader.read(.bytes(Array("item\n".utf8) + [0xE9], name: "i.csv"))
        }
        #expect(throws: IngestionError.unknownRole("user", known: CatalogueReader.roles)) {
            try read("item\na\n", columns: ["user": "x"])
        }
    }
}
