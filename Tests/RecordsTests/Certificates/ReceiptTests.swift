// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@testable import Records

struct ReceiptTests {
    private let receipt = Receipt(
        day: Day(number: 20_781), userTombstone: String(repeating: "ab", count: 32),
        remains: .init(basis: "legal-obligation", years: 6), logIndex: 3, logHead: String(repeating: "cd", count: 32))

    @Test("a receipt comes back from its signed document as it was")
    func roundTrips() throws {
        let key = try SigningKey(seed: sequence(32))
        let document = try SignedDocument(parsing: SignedDocument(signing: receipt, with: key).bytes)
        #expect(try document.verified(as: Receipt.self, publicKey: key.publicKey) == receipt)
        let other = try SigningKey(seed: sequence(32, from: 1))
        #expect(thrown { _ = try document.verified(as: Receipt.self, publicKey: other.publicKey) } == .badSignature)
    }

    @Test("it says what was destroyed, what remains, why and for how long")
    func saysEverything() throws {
        let value = try JSONValue(encoding: receipt)
        #expect(value["format"] == "discreet-erasure-receipt" && value["day"] == "2026-11-24")
        #expect(value["destroyed"]?.arrayValue?.count == 2)
        #expect(value["remains"]?["basis"] == "legal-obligation" && value["remains"]?["years"] == 6)
        #expect(value["remains"]?["what"]?.stringValue?.contains("pseudonymous") == true)
        #expect(value["logIndex"] == 3)
    }

    @Test("it has a fixed set of fields, so that it cannot tell a known user from an unknown one")
    func hasFixedFields() throws {
        let names = try #require(try JSONValue(encoding: receipt).objectValue).keys
        #expect(
            Set(names) == [
                "format", "version", "day", "userTombstone", "destroyed", "remains", "logIndex", "logHead",
            ])
    }

    @Test("a certificate is no receipt, nor the other way round")
    func isNoCertificate() throws {
        let certificate = try JSONValue(encoding: CertificateTests.certificate())
        #expect(thrown { _ = try certificate.decode(Receipt.self) } != nil)
        #expect(thrown { _ = try JSONValue(encoding: receipt).decode(Certificate.self) } != nil)
        #expect(thrown { _ = try JSONValue(encoding: receipt).decode(LogHead.self) } != nil)
    }
}
