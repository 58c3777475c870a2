// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrong usage")
struct UsageTests {
    static let wrong = [
        ["nosuch"], ["--nosuch"], ["budget"], ["train"], ["train", "nosuch"], ["models", "show"], ["ingest"],
        ["init", "--nosuch"],
        ["train", "mf", "--epsilon", "nonsense"], ["train", "mf", "--epsilon=-1"], ["train", "mf", "--epsilon", "0"],
        ["train", "mf", "--epsilon", "nan"], ["train", "mf", "--delta", "1"], ["train", "mf", "--set", "novalue"],
        ["train", "mf", "--set", "a=1", "--set", "a=2"], ["train", "mf", "--not-private", "--epsilon", "3"],
        ["count", "items", "--mechanism", "uniform"], ["count", "items", "--delta", "1e-6"],
        ["count", "items", "--max-items-per-user", "0"], ["recommend"], ["recommend", "--user", "a", "--users", "b"],
        ["recommend", "--user", "a", "-k", "0"], ["erase"], ["erase", "--user", "a", "--users", "b"],
        ["status", "--key-file", "a", "--passphrase-file", "b"], ["evaluate"],
        ["evaluate", "--public-data", "t", "-k", "0"],
        ["completions", "tcsh"], ["sample"], ["sample", "-o", "x", "--users", "0"],
        ["ingest", "x.csv", "--format", "parquet"], ["ingest", "x.csv", "--columns", "user"],
    ]

    @Test("exits 64 with one line on standard error and nothing on standard output", arguments: wrong)
    func exits64(arguments: [String]) throws {
        let answer = try CommandBench().run(arguments)
        #expect(answer.code == 64)
        #expect(answer.output.isEmpty)
        #expect(answer.error.hasPrefix("discreet: error: "))
        #expect(answer.error.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
    }

    @Test("is one JSON document with code, message and hint where JSON was asked for", arguments: wrong)
    func isOneDocument(arguments: [String]) throws {
        let answer = try CommandBench().run(arguments + ["--json"])
        #expect(answer.code == 64)
        let json = try answer.json()
        #expect(json.text("error", "code") == "usage")
        #expect(json.text("error", "message")?.isEmpty == false)
        #expect(json.text("error", "hint")?.isEmpty == false)
        #expect(answer.error.hasPrefix("discreet: error: "))
    }

    @Test("a control character in a wrong argument does not reach the terminal")
    func controlCharactersAreEscaped() throws {
        let answer = try CommandBench().run("train", "mf", "--epsilon", "\u{1B}[31m\u{9B}x")
        #expect(answer.code == 64)
        #expect(!answer.error.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" })
        #expect(answer.error.contains("\\x1B[31m\\x9B"))
    }
}
