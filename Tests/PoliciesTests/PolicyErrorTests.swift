// SPDX-License-Identifier: Apache-2.0

import Policies
import Testing

/// A policy that must be refused, and where.
struct BadPolicy: Sendable, CustomTestStringConvertible {
    let what: String
    let yaml: String
    let line: Int
    let key: String?
    /// What the message must say beside file, line and key.
    var says: String = ""

    var testDescription: String { what }
}

struct PolicyErrorTests {
    /// Line by line, so that a test can name the line that it breaks.
    static let good = [
        "# a comment",  // 1
        "name: shop",  // 2
        "data: private",  // 3
        "lifetime:",  // 4
        "  epsilon: 3",  // 5
        "  delta: 1e-5",  // 6
        "bases:",  // 7
        "  serve: contract",  // 8
        "  train: consent",  // 9
        "  statistics: legitimate-interest",  // 10
        "  attributes: consent",  // 11
        "tombstone:",  // 12
        "  years: 5",  // 13
        "  basis: legal-obligation",  // 14
        "runs:",  // 15
        "  delta: 1e-7",  // 16
    ]

    /// The good policy with line `line` replaced.
    static func with(_ line: Int, _ text: String) -> String {
        var lines = good
        lines[line - 1] = text
        return lines.joined(separator: "\n") + "\n"
    }

    static func adding(_ text: String) -> String { good.joined(separator: "\n") + "\n" + text + "\n" }

    static let bad: [BadPolicy] = [
        BadPolicy(what: "unknown key", yaml: adding("lifetimes: 3"), line: 17, key: "lifetimes", says: "lifetime"),
        BadPolicy(what: "misspelt budget", yaml: with(5, "  epsilom: 3"), line: 5, key: "lifetime.epsilom"),
        BadPolicy(what: "unknown purpose", yaml: with(8, "  server: contract"), line: 8, key: "bases.server"),
        BadPolicy(what: "key of another case", yaml: with(2, "Name: shop"), line: 2, key: "Name"),
        BadPolicy(what: "numeric key", yaml: adding("3: 4"), line: 17, key: "3"),
        BadPolicy(what: "duplicate at the top", yaml: adding("name: other"), line: 17, key: "name", says: "line 2"),
        BadPolicy(what: "duplicate below", yaml: with(6, "  epsilon: 9"), line: 6, key: "epsilon", says: "line 5"),
        BadPolicy(what: "duplicate section", yaml: adding("runs:\n  delta: 1e-9"), line: 17, key: "runs"),
        BadPolicy(what: "missing name", yaml: with(2, ""), line: 1, key: "name"),
        BadPolicy(
            what: "missing lifetime", yaml: with(4, "#").replacing("  epsilon: 3\n  delta: 1e-5\n", with: "#\n"),
            line: 1, key: "lifetime"),
        BadPolicy(what: "missing epsilon", yaml: with(5, ""), line: 4, key: "lifetime.epsilon", says: "at most 100"),
        BadPolicy(what: "missing purpose", yaml: with(11, ""), line: 7, key: "bases.attributes", says: "consent"),
        BadPolicy(what: "missing term", yaml: with(13, ""), line: 12, key: "tombstone.years"),
        BadPolicy(what: "empty section", yaml: with(16, ""), line: 15, key: "runs", says: "delta"),
        BadPolicy(what: "negative epsilon", yaml: with(5, "  epsilon: -3"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "zero epsilon", yaml: with(5, "  epsilon: 0"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "infinite epsilon", yaml: with(5, "  epsilon: .inf"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "infinity spelt out", yaml: with(5, "  epsilon: infinity"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "NaN", yaml: with(5, "  epsilon: nan"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "hexadecimal", yaml: with(5, "  epsilon: 0x3"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "comma", yaml: with(5, "  epsilon: 3,5"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "epsilon too large", yaml: with(5, "  epsilon: 100.0000001"), line: 5, key: "lifetime.epsilon"),
        BadPolicy(what: "empty epsilon", yaml: with(5, "  epsilon:"), line: 5, key: "lifetime.epsilon", says: "empty"),
        BadPolicy(what: "delta too large", yaml: with(6, "  delta: 0.1"), line: 6, key: "lifetime.delta"),
        BadPolicy(what: "delta too small", yaml: with(6, "  delta: 1e-13"), line: 6, key: "lifetime.delta"),
        BadPolicy(what: "run above its lifetime", yaml: with(16, "  delta: 1.1e-5"), line: 16, key: "runs.delta"),
        BadPolicy(
            what: "unknown basis", yaml: with(8, "  serve: vital"), line: 8, key: "bases.serve", says: "contract"),
        BadPolicy(what: "basis of another case", yaml: with(8, "  serve: Contract"), line: 8, key: "bases.serve"),
        BadPolicy(what: "tombstone by consent", yaml: with(14, "  basis: consent"), line: 14, key: "tombstone.basis"),
        BadPolicy(what: "unknown kind of data", yaml: with(3, "data: open"), line: 3, key: "data", says: "public"),
        BadPolicy(what: "public with a lifetime", yaml: with(3, "data: public"), line: 4, key: "lifetime"),
        BadPolicy(what: "name with a space", yaml: with(2, "name: my shop"), line: 2, key: "name"),
        BadPolicy(what: "name with a path", yaml: with(2, "name: ../etc"), line: 2, key: "name"),
        BadPolicy(what: "no users", yaml: adding("maxUsers: 0"), line: 17, key: "maxUsers"),
        BadPolicy(what: "fraction of a user", yaml: adding("maxUsers: 2.5"), line: 17, key: "maxUsers"),
        BadPolicy(what: "number past Int", yaml: adding("maxUsers: 99999999999999999999"), line: 17, key: "maxUsers"),
        BadPolicy(what: "underscores", yaml: adding("maxUsers: 4_194_304"), line: 17, key: "maxUsers"),
        BadPolicy(
            what: "nominal above the most", yaml: adding("maxUsers: 10\nnominalUsers: 11"), line: 18,
            key: "nominalUsers"),
        BadPolicy(
            what: "no items", yaml: adding("bounds:\n  maxItemsPerUser: 0"), line: 18, key: "bounds.maxItemsPerUser"),
        BadPolicy(what: "unknown items kept", yaml: adding("unknownItems: keep"), line: 17, key: "unknownItems"),
        BadPolicy(what: "keys without days", yaml: adding("keys:"), line: 17, key: "keys"),
        BadPolicy(
            what: "keys misspelt", yaml: adding("keys:\n  rotate-days: 90"), line: 18, key: "keys.rotate-days",
            says: "rotateDays"),
        BadPolicy(
            what: "keys never", yaml: adding("keys:\n  rotateDays: 0"), line: 18, key: "keys.rotateDays", says: "3650"),
        BadPolicy(
            what: "kept columns in one line", yaml: adding("keepColumns: channel"), line: 17, key: "keepColumns",
            says: "- NAME"),
        BadPolicy(what: "no kept columns", yaml: adding("keepColumns:"), line: 17, key: "keepColumns", says: "empty"),
        BadPolicy(
            what: "a kept column twice", yaml: adding("keepColumns:\n- channel\n- device\n- channel"), line: 20,
            key: "keepColumns", says: "channel"),
        BadPolicy(
            what: "a kept column with a role", yaml: adding("keepColumns:\n- channel\n- time"), line: 19,
            key: "keepColumns", says: "role"),
        BadPolicy(
            what: "a kept column too long", yaml: adding("keepColumns:\n- " + String(repeating: "x", count: 65)),
            line: 18, key: "keepColumns", says: "64"),
        BadPolicy(
            what: "a list among kept columns", yaml: adding("keepColumns:\n- - a"), line: 18, key: "keepColumns",
            says: "a list"),
        BadPolicy(
            what: "too many kept columns",
            yaml: adding("keepColumns:" + (0..<17).map { "\n- c\($0)" }.joined()), line: 17, key: "keepColumns",
            says: "16"),
        BadPolicy(
            what: "kept columns misspelt", yaml: adding("keepColumn:\n- a"), line: 17, key: "keepColumn",
            says: "keepColumns"),
        BadPolicy(what: "another version", yaml: adding("version: 2"), line: 17, key: "version"),
        BadPolicy(what: "a scalar for a section", yaml: adding("bounds: 3"), line: 17, key: "bounds"),
        BadPolicy(what: "a section for a scalar", yaml: adding("maxUsers:\n  most: 3"), line: 17, key: "maxUsers"),
        BadPolicy(what: "a list", yaml: adding("maxUsers:\n- 3"), line: 17, key: "maxUsers", says: "a list"),
        BadPolicy(what: "flow collection", yaml: adding("bounds: {maxItemsPerUser: 3}"), line: 17, key: nil),
        BadPolicy(what: "anchor", yaml: with(4, "lifetime: &a"), line: 4, key: nil),
        BadPolicy(what: "tag", yaml: with(5, "  epsilon: !!str 3"), line: 5, key: nil),
        BadPolicy(what: "quotes", yaml: with(5, "  epsilon: \"3\""), line: 5, key: nil),
        BadPolicy(what: "tab", yaml: with(5, "\tepsilon: 3"), line: 5, key: nil, says: "tab"),
        BadPolicy(what: "two documents", yaml: adding("---\nname: other"), line: 17, key: nil),
        BadPolicy(what: "directive", yaml: with(1, "%YAML 1.1"), line: 1, key: nil),
        BadPolicy(what: "bad indentation", yaml: with(6, "   delta: 1e-5"), line: 6, key: nil),
        BadPolicy(what: "no colon", yaml: with(16, "  delta"), line: 15, key: "runs"),
        BadPolicy(what: "nothing", yaml: "", line: 1, key: nil),
        BadPolicy(what: "only a comment", yaml: "# nothing\n", line: 1, key: nil),
        BadPolicy(what: "only a word", yaml: "gdpr\n", line: 1, key: "policy"),
        BadPolicy(what: "only a list", yaml: "- gdpr\n", line: 1, key: "policy"),
        BadPolicy(what: "a control character", yaml: with(2, "name: sh\u{1}op"), line: 1, key: nil),
        BadPolicy(what: "a huge file", yaml: adding(String(repeating: "# filler\n", count: 10_000)), line: 1, key: nil),
    ]

    @Test("a bad policy is refused by file, line and key", arguments: bad)
    func refused(policy: BadPolicy) throws {
        let error = try #require(throws: PolicyError.self) { try Policy(yaml: policy.yaml, file: "shop.yaml") }
        #expect(error.place.line == policy.line, "\(error)")
        #expect(error.key == policy.key, "\(error)")
        #expect(error.description.hasPrefix("shop.yaml:\(policy.line): "), "\(error)")
        #expect(error.description.contains(policy.says), "\(error)")
    }

    @Test("the policy that the bad ones are made of is good, and its values are read exactly")
    func goodIsGood() throws {
        let policy = try Policy(yaml: Self.adding("nominalUsers: 1000"), file: "shop.yaml")
        #expect(policy.name == "shop")
        #expect(policy.lifetime?.epsilon.text == "3")
        #expect(policy.lifetime?.delta.value == 1e-5)
        #expect(policy.basis(for: .train) == .consent)
        #expect(policy.bases["statistics"] == .legitimateInterest)
        #expect(policy.tombstone.years == 5)
        #expect(policy.tombstone.basis == .legalObligation)
        #expect(policy.runs.delta.text == "1e-7")
        #expect(policy.nominalUsers == 1000)
        #expect(policy.maxUsers == 4_194_304)
    }

    @Test("CRLF, a byte order mark and comments behind values are no obstacle")
    func lineEndings() throws {
        let crlf = "\u{FEFF}" + Self.with(5, "  epsilon: 3.50  # per person").replacing("\n", with: "\r\n")
        #expect(try Policy(yaml: crlf, file: "shop.yaml").lifetime?.epsilon.text == "3.50")
    }

    @Test("data is private and the run's delta 1e-6 when the file is silent")
    func defaults() throws {
        let silent = Self.with(3, "").replacing("runs:\n  delta: 1e-7\n", with: "")
        let policy = try Policy(yaml: silent, file: "shop.yaml")
        #expect(!policy.isPublicData)
        #expect(policy.runs.delta.text == "1e-6")
        // The default is more than this lifetime allows: it must be given.
        let small = silent.replacing("delta: 1e-5", with: "delta: 1e-7")
        let error = try #require(throws: PolicyError.self) { try Policy(yaml: small, file: "shop.yaml") }
        #expect(error.key == "runs.delta")
    }

    @Test("a file cut off after any byte is refused or means the same, never traps")
    func truncation() {
        let text = Self.adding("maxUsers: 5000")
        for length in 0..<text.utf8.count {
            let cut = String(decoding: Array(text.utf8.prefix(length)), as: UTF8.self)
            _ = try? Policy(yaml: cut, file: "cut.yaml")
        }
    }

    @Test("decimals: what is and what is not one")
    func decimals() {
        for good in ["0", "6", "6.0", ".5", "5.", "1e-5", "1E+2", "0.000001"] { #expect(ExactDecimal(good) != nil) }
        for bad in ["", ".", "-1", "+1", "1e", "e5", "1e5e5", "1.2.3", "1 ", "0x1", "1e999", "٣", "1e--5", "inf"] {
            #expect(ExactDecimal(bad) == nil, "\(bad)")
        }
    }
}
