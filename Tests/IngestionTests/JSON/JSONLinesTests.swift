// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
import Testing

@testable import Ingestion

struct JSONLinesTests {
    private func run(_ text: String, options: IngestOptions = IngestOptions(format: .jsonl)) throws -> Import {
        let run = Import()
        try run.run(text, options: options)
        return run
    }

    @Test("an object a line is an event: ids are strings or whole numbers, the rest numbers or strings")
    func reads() throws {
        let run = try run(
            """
            {"user":"u","item":"i1","value":4.5,"time":1600000000}

             { "time" : "2020-09-13" , "value" : "-2e0", "item":"caf\\u00e9", "user":17, "more":{"a":[1,{"b":null}]} }
            {"user":"u","item":"i2"}
            {"user":"\\ud83d\\ude00","item":"a,b","value":null,"time":null}
            """)
        #expect(run.reasons == [])
        #expect(run.report.accepted == 4)
        let events = run.events
        #expect(events.map(\.userID) == ["u", "17", "\u{1F600}"])
        #expect(
            events[0].interactions == [
                Interaction(item: 0, value: 4.5, time: 1_600_000_000), Interaction(item: 1),
            ])
        #expect(events[1].interactions == [Interaction(item: 3, value: -2, time: 1_599_955_200)])
        #expect(events[2].interactions == [Interaction(item: 4)])
    }

    @Test(
        "what is no such object is rejected by its line",
        arguments: [
            (#"{"user":"u","item":"i1","user":"v"}"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1","\u0075ser":"v"}"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1","x":1,"x":1}"#, "row bad-encoding"),
            (#"["u","i1"]"#, "row bad-encoding"), (#"{"user":"u","item":"i1"} x"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1",}"#, "row bad-encoding"), (#"{"user":"u","item":"i1""#, "row bad-encoding"),
            (#"{"user":"u\u0000","item":"i1"}"#, "user bad-encoding"),
            (#"{"user":"\ud800","item":"i1"}"#, "row bad-encoding"),
            (#"{"user":"\udc00\ud800","item":"i1"}"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1","v":01}"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1","v":.5}"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1","v":NaN}"#, "row bad-encoding"),
            (#"{"user":"u","item":"i1","v":"\x"}"#, "row bad-encoding"),
            ("{\"user\":\"a\tb\",\"item\":\"i1\"}", "row bad-encoding"),
            ("{\"user\":\"a\u{0}b\",\"item\":\"i1\"}", "row bad-encoding"),
            (#"{"user":"u"}"#, "item missing-field"), (#"{"user":"","item":"i1"}"#, "user missing-field"),
            (#"{"user":null,"item":"i1"}"#, "user missing-field"), (#"{"user":true,"item":"i1"}"#, "user bad-encoding"),
            (#"{"user":1.0,"item":"i1"}"#, "user bad-encoding"), (#"{"user":["u"],"item":"i1"}"#, "user bad-encoding"),
            (#"{"user":"u","item":"i9"}"#, "item unknown-item"),
            (#"{"user":"u","item":"i1","value":true}"#, "value bad-number"),
            (#"{"user":"u","item":"i1","value":1e999}"#, "value bad-number"),
            (#"{"user":"u","item":"i1","value":""}"#, "value missing-field"),
            (#"{"user":"u","item":"i1","time":[]}"#, "time bad-time"),
            (#"{"user":"u","item":"i1","time":1e9}"#, "time bad-time"),
        ])
    func rejects(line: String, reason: String) throws {
        let run = try run("{\"user\":\"a\",\"item\":\"i1\"}\n\(line)\n{\"user\":\"b\",\"item\":\"i1\"}\n")
        #expect(run.reasons == ["2 \(reason)"])
        #expect(run.report.accepted == 2)
    }

    @Test("nesting deeper than the limit, too many members and endless rows cost one row, not the stack")
    func hostile() throws {
        let depth = 400_000
        let deep = #"{"user":"u","item":"i1","x":"# + String(repeating: "[", count: depth)
        let closed = deep + String(repeating: "]", count: depth) + "}"
        let members = "{" + (0..<300).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        let long = #"{"user":"u","item":"i1","x":""# + String(repeating: "x", count: 1 << 20) + "\"}"
        let run = try run([deep, closed, members, long, #"{"user":"b","item":"i1"}"#].joined(separator: "\n"))
        #expect(
            run.reasons == ["1 row bad-encoding", "2 row bad-encoding", "3 row bad-encoding", "4 row too-long"])
        #expect(run.report.accepted == 1)
        let allowed = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        #expect(try self.run("{\"user\":\"u\",\"item\":\"i1\",\"x\":\(allowed)}").report.accepted == 1)
    }

    @Test("--columns renames members, and makes a value that is named needed")
    func columns() throws {
        let options = IngestOptions(format: .jsonl, columns: ["user": "customer", "value": "stars"])
        let run = try run(
            "{\"customer\":\"u\",\"item\":\"i1\",\"stars\":3}\n{\"customer\":\"u\",\"item\":\"i1\"}", options: options)
        #expect(run.events.first?.interactions.first?.value == 3)
        #expect(run.reasons == ["2 value missing-field"])
    }

    @Test("what comes out does not depend on how the source is cut")
    func blocks() throws {
        let text = "{\"user\":\"u\",\"item\":\"caf\u{E9}\"}\r\n{\"user\":\"v\",\"item\":\"i1\",\"value\":2}\n{bad\n"
        let whole = try run(text)
        for block in 1...40 {
            let cut = Import()
            try cut.run([.bytes(Array(text.utf8), name: "events0.csv", block: block)], options: .init(format: .jsonl))
            #expect(cut.events == whole.events && cut.rejected == whole.rejected)
        }
    }

    @Test("a catalogue of JSON lines: arrays are lists, numbers keep their spelling")
    func catalogue() throws {
        let text = """
            {"item":"a","title":"Alpha","genres":["x","y","x"],"year":1999,"new":true,"note":null}
            {"item":7,"price":1.50,"genres":"x|y","empty":[]}
            """
        let items = try CatalogueReader.read(.bytes(Array(text.utf8), name: "items.jsonl"))
        #expect(
            items == [
                CatalogueItem(
                    id: "a", title: "Alpha", features: ["genres": ["x", "y"], "year": ["1999"], "new": ["true"]]),
                CatalogueItem(id: "7", features: ["price": ["1.50"], "genres": ["x|y"]]),
            ])
        for bad in [
            #"{"title":"x"}"#, #"{"item":"a","f":{"g":1}}"#, #"{"item":"a","f":[[1]]}"#, #"{"item":1.5}"#, "[]",
        ] {
            #expect(throws: IngestionError.self, "\(bad)") {
                try CatalogueReader.read(.bytes(Array(bad.utf8), name: "items.jsonl"))
            }
        }
        #expect(throws: IngestionError.duplicateItem(file: "items.jsonl", line: 2, firstLine: 1, column: "item")) {
            try CatalogueReader.read(.bytes(Array("{\"item\":\"a\"}\n{\"item\":\"a\"}".utf8), name: "items.jsonl"))
        }
    }

    @Test("columns without a role: passed over, or refused where the policy says so")
    func extraColumns() throws {
        var options = IngestOptions()
        #expect(try run("user,item,age\nu,i1,9\n", options: options).report.accepted == 1)
        options.refusesExtraColumns = true
        #expect(throws: IngestionError.extraColumn(file: "events0.csv", column: "age")) {
            try run("user,item,age\nu,i1,9\n", options: options)
        }
        #expect(try run("user,item\nu,i1\n", options: options).report.accepted == 1)
        options.columns = ["user": "#1", "item": "#2"]
        #expect(try run("u,i1,9\nu,i1\n", options: options).reasons == ["1 row bad-encoding"])
        options = IngestOptions(format: .jsonl)
        options.refusesExtraColumns = true
        let json = "{\"user\":\"u\",\"item\":\"i1\",\"age\":9}\n{\"user\":\"u\",\"item\":\"i1\",\"time\":9}"
        #expect(try run(json, options: options).reasons == ["1 row bad-encoding"])
    }
}
