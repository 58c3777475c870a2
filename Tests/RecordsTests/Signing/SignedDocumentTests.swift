// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@testable import Records

struct SignedDocumentTests {
    let body: JSONValue = ["format": "test", "epsilon": 3, "delta": 1e-6, "text": "é\"", "list": [1, nil, true]]

    private func signed() throws -> (SignedDocument, publicKey: [UInt8]) {
        let key = try SigningKey(seed: sequence(32))
        return (try SignedDocument(signing: body, with: key), key.publicKey)
    }

    @Test("a document is valid for its signer's key and for no other")
    func verifies() throws {
        let (document, publicKey) = try signed()
        #expect(document.isValid(publicKey: publicKey))
        let again = try SignedDocument(parsing: document.bytes)
        #expect(again == document && again.isValid(publicKey: publicKey))
        let other = try SigningKey(seed: sequence(32, from: 1))
        #expect(!document.isValid(publicKey: other.publicKey))
        #expect(!document.isValid(publicKey: []))
    }

    @Test("the signature is over the canonical bytes without its member: a stranger can check it")
    func signsTheStatedBytes() throws {
        let (document, publicKey) = try signed()
        var members = try #require(try JSONValue.parse(document.bytes).objectValue)
        let signature = try #require(Hex.decode(members.removeValue(forKey: "signature")?.stringValue ?? ""))
        let expected =
            #"{"delta":0.000001,"epsilon":3,"format":"test","list":[1,null,true],"publicKey":""#
            + Hex.encode(publicKey) + #"","text":"é\""}"#
        #expect(try CanonicalJSON.bytes(.object(members)) == text(expected))
        #expect(Signature.isValid(signature, of: text(expected), publicKey: publicKey))
    }

    @Test("any byte changed to any of eight others makes it invalid or unreadable; so does any byte lost")
    func noticesEveryByte() throws {
        let (document, publicKey) = try signed()
        let bytes = document.bytes
        func isAccepted(_ forged: [UInt8]) -> Bool {
            (try? SignedDocument(parsing: forged))?.isValid(publicKey: publicKey) ?? false
        }
        for index in bytes.indices {
            for bit in 0..<8 {
                var forged = bytes
                forged[index] ^= 1 << bit
                #expect(!isAccepted(forged), "byte \(index), bit \(bit)")
            }
            var shorter = bytes
            shorter.remove(at: index)
            #expect(!isAccepted(shorter))
            #expect(!isAccepted(bytes[..<index] + [0x20] + bytes[index...]))
        }
        #expect(isAccepted(bytes + text("\n")))
        #expect(!isAccepted(bytes + text("\n\n")))
        #expect(!isAccepted(bytes + text(" ")))
    }

    @Test("the key is never taken from the document: a forger's own key in it convinces nobody")
    func ignoresTheDocumentsKey() throws {
        let (_, publicKey) = try signed()
        let forger = try SigningKey(seed: sequence(32, from: 99))
        let forged = try SignedDocument(signing: body, with: forger)
        #expect(forged.isValid(publicKey: forger.publicKey))
        #expect(!forged.isValid(publicKey: publicKey))
        // A true signature by the forger over a body that names our key.
        var members = try #require(body.objectValue)
        members["publicKey"] = .string(Hex.encode(publicKey))
        let signature = forger.sign(try CanonicalJSON.bytes(.object(members)))
        members["signature"] = .string(Hex.encode(signature))
        let dressed = try SignedDocument(parsing: CanonicalJSON.bytes(.object(members)))
        #expect(!dressed.isValid(publicKey: publicKey))
        #expect(!dressed.isValid(publicKey: forger.publicKey))
    }

    @Test("a member cannot be added, taken away or moved to another document")
    func bindsAllMembers() throws {
        let (document, publicKey) = try signed()
        let members = try #require(document.document.objectValue)
        func isAccepted(_ members: [String: JSONValue]) throws -> Bool {
            let bytes = try CanonicalJSON.bytes(.object(members))
            return (try? SignedDocument(parsing: bytes))?.isValid(publicKey: publicKey) ?? false
        }
        #expect(try isAccepted(members))
        #expect(try !isAccepted(members.merging(["more": 1]) { old, _ in old }))
        for name in members.keys { #expect(try !isAccepted(members.filter { $0.key != name }), "\(name)") }
        let other = try SignedDocument(signing: ["format": "other"], with: SigningKey(seed: sequence(32)))
        #expect(try !isAccepted(members.merging(["signature": .string(other.signature)]) { _, new in new }))
    }

    @Test("what is no fresh object cannot be signed")
    func refusesOtherBodies() throws {
        let bodies: [JSONValue] = [
            .null, [1], "text", ["publicKey": "x"], ["signature": "x"], ["a": .number(.nan)], ["a": .integer(.max)],
        ]
        for body in bodies {
            #expect(thrown { _ = try SignedDocument(signing: body, with: SigningKey(seed: sequence(32))) } != nil)
        }
    }

    @Test(
        "unreadable documents are refused with a reason",
        arguments: [
            ("", RecordsError.invalidJSON(offset: 0, reason: .unexpectedEnd)), ("[]", .doesNotFit(field: "(document)")),
            ("{}", .doesNotFit(field: "signature")), (#"{"signature":1}"#, .doesNotFit(field: "signature")),
            (#"{"signature":"00"}"#, .doesNotFit(field: "publicKey")), (#"{ "signature":"00"}"#, .notCanonical),
            (#"{"signature":"00","publicKey":"00"}"#, .notCanonical),
        ])
    func refusesOthers(source: String, error: RecordsError) {
        #expect(thrown { _ = try SignedDocument(parsing: text(source)) } == error)
    }

    @Test("short, long and odd signatures and keys are invalid, not a trap")
    func survivesOddSignatures() throws {
        for (key, signature) in [("", ""), ("00", "00"), ("zz", "0"), (String(repeating: "0", count: 64), "x")] {
            let value: JSONValue = .object(["publicKey": .string(key), "signature": .string(signature)])
            let document = try SignedDocument(parsing: CanonicalJSON.bytes(value))
            #expect(!document.isValid(publicKey: Hex.decode(key) ?? []))
        }
    }
}
