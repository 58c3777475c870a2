// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Ingestion

/// What comes out depends on the bytes alone, not on how `read(2)` happened to cut them.
struct ChunkBoundaryTests {
    static let inputs: [String] = [
        "\u{FEFF}user,item,value,time\r\nu1,i1,4.5,881250949\r\n\"u,\"\"2\"\"\",\"i\r\n2\",3,2024-02-29T12:00:00Z\r\n",
        "a\r\n\r\nb\rc\n\n\n\"\"\n\"x\"\r", "\"a,b\nc,d\n\"e\"f,g\nh", "a,\"b\"\"\nc,d\ne",
        "\"\r\n\",\"\r\",\"\n\"\r\r\n\n",
        "ü,é\u{301},😀\n😀", "0123456789abcdef\nx\n\"0123456789\nabc\ndef\",\"g\nh\n", "\"0123456789ab\"x\ny",
        "\0,\0\n\0",
        "\"01234\n6789\n\"\"\"\"\"\"\n\n,,\"", "123456789012345\r\nabc", "\"12345678901234\r\n\"\nabc",
    ]

    @Test("gives the same rows at every block size", arguments: inputs, [11, 16, 1 << 20])
    func givesTheSameRows(input: String, rowLimit: Int) throws {
        let bytes = Array(input.utf8)
        for dialect in [Dialect.comma, .tab, .doubleColon] {
            let whole = try Rows.read(bytes, dialect: dialect, rowLimit: rowLimit)
            for block in 1...bytes.count {
                #expect(
                    try Rows.read(bytes, dialect: dialect, block: block, rowLimit: rowLimit) == whole, "block \(block)")
            }
        }
    }

    @Test("gives back every table that it is handed, however it is quoted and cut")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 4180)
        let alphabet = ["a", "b", ",", "\"", "\"\"", "\n", "\r\n", "\r", " ", "é", "😀", "0", ":"]
        for _ in 0..<400 {
            let width = Int.random(in: 2...5, using: &generator)
            let table = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                (0..<width).map { _ in
                    (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                        alphabet.randomElement(using: &generator) ?? ""
                    }
                    .joined()
                }
            }
            let lineEnd = ["\n", "\r\n", "\r"].randomElement(using: &generator) ?? "\n"
            let text = table.map { $0.map(CSVCell.quoted).joined(separator: ",") }.joined(separator: lineEnd)
            let rows = try Rows.read(Array(text.utf8), block: Int.random(in: 1...20, using: &generator))
            let cells = rows.map { row in
                if case .cells(let cells, _) = row { cells.map { String(decoding: $0, as: UTF8.self) } } else { [""] }
            }
            #expect(cells == table.filter { $0 != [""] })
        }
    }

    @Test(
        "survives mutated files: same rows at any block size, each line seen at most once, nothing lost behind a bad row"
    )
    func survivesMutations() throws {
        var generator = SeededGenerator(seed: 2026)
        let special: [UInt8] = [0, 0x0A, 0x0D, 0x22, 0x2C, 0x3A, 0x09, 0x80, 0xC3, 0xED, 0xFF, 0x2D, 0x65]
        for round in 0..<1500 {
            var bytes = Array(Self.inputs[round % Self.inputs.count].utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let byte = special.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.insert(byte, at: place)
                case 1 where place < bytes.count: bytes[place] = byte
                case 2 where place < bytes.count: bytes.remove(at: place)
                default: bytes += bytes[..<place]
                }
            }
            if bytes.starts(with: [0xFF]) || bytes.starts(with: [0xFE]) { continue }
            let limit = Bool.random(using: &generator) ? 16 : 1 << 20
            let whole = try Rows.read(bytes, rowLimit: limit)
            let lines = whole.map { row in
                switch row {
                case .cells(_, let line), .rejected(_, let line): line
                }
            }
            #expect(zip(lines, lines.dropFirst()).allSatisfy { $0 < $1 }, "round \(round)")
            for block in [1, 2, 3, 7] {
                #expect(try Rows.read(bytes, block: block, rowLimit: limit) == whole, "round \(round), block \(block)")
            }
            // A good row behind two line ends is always found: a lone quote cannot swallow what follows, unless it pairs.
            if !bytes.contains(0x22) {
                let more = try Rows.read(bytes + Array("\n\nlast,row\n".utf8), rowLimit: limit)
                if case .cells(let cells, _)? = more.last {
                    #expect(cells == [Array("last".utf8), Array("row".utf8)], "round \(round)")
                } else {
                    Issue.record("round \(round): the last row is gone")
                }
            }
        }
    }
}
