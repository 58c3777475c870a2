// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cryptography

struct SigningKeyTests {
    @Test("Ed25519 gives the known keys and signatures", .enabled(if: Golden.available, "no golden files"))
    func matchesKnownSignatures() throws {
        for known in try CryptoGolden.load().ed25519 {
            let key = try SigningKey(seed: try #require(known.seed).bytes)
            #expect(key.publicKey == known.public_key.bytes)
            #expect(key.sign(known.message.bytes) == known.signature.bytes)
            #expect(
                Signature.isValid(known.signature.bytes, of: known.message.bytes, publicKey: known.public_key.bytes))
        }
    }

    @Test("what must not verify does not", .enabled(if: Golden.available, "no golden files"))
    func refusesForgeries() throws {
        let cases = try CryptoGolden.load().ed25519_must_fail
        #expect(cases.count == 4)
        for forged in cases {
            #expect(
                !Signature.isValid(
                    forged.signature.bytes, of: forged.message.bytes, publicKey: forged.public_key.bytes),
                "\(forged.why ?? "")")
        }
    }

    @Test("any flipped bit of message, signature or key is noticed")
    func noticesEveryFlippedBit() throws {
        let key = try SigningKey(seed: sequence(32))
        let message = text("message")
        let signature = key.sign(message)
        func flips(_ bytes: [UInt8], _ isValid: ([UInt8]) -> Bool) -> Int {
            (0..<8 * bytes.count).count { bit in
                var forged = bytes
                forged[bit / 8] ^= 1 << (bit % 8)
                return isValid(forged)
            }
        }
        let publicKey = key.publicKey
        #expect(flips(message) { Signature.isValid(signature, of: $0, publicKey: publicKey) } == 0)
        #expect(flips(signature) { Signature.isValid($0, of: message, publicKey: publicKey) } == 0)
        #expect(flips(publicKey) { Signature.isValid(signature, of: message, publicKey: $0) } == 0)
    }

    @Test(
        "signatures and keys of other lengths are not valid, and do not trap", arguments: [0, 1, 31, 33, 63, 65, 128])
    func refusesOtherLengths(count: Int) throws {
        let key = try SigningKey(seed: sequence(32))
        #expect(!Signature.isValid(sequence(count), of: [], publicKey: key.publicKey))
        #expect(!Signature.isValid(key.sign([]), of: [], publicKey: sequence(count)))
        #expect(thrown { _ = try SigningKey(seed: sequence(count)) } == .badLength)
    }

    @Test("a public key of small order verifies nothing")
    func refusesSmallOrder() {
        // The neutral element: with S = 0 and R = the neutral element the equation would hold for any message.
        let neutral: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        #expect(!Signature.isValid(neutral + [UInt8](repeating: 0, count: 32), of: text("any"), publicKey: neutral))
    }
}
