// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cryptography

struct AEADTests {
    @Test("XChaCha20-Poly1305 gives the known ciphertexts", .enabled(if: Golden.available, "no golden files"))
    func matchesKnownCiphertexts() throws {
        let boxes = try CryptoGolden.load().xchacha20poly1305_ietf
        #expect(boxes.count == 10)
        for box in boxes {
            let plaintext = try #require(box.plaintext).bytes
            let ciphertext = newBytes(plaintext.count + AEAD.tagLength) { out in
                plaintext.withUnsafeBufferPointer {
                    AEAD.encrypt($0, box.ad.bytes, nonce: box.nonce.bytes, key: box.key.bytes, into: out)
                }
            }
            #expect(ciphertext == box.ciphertext_and_tag.bytes)
        }
    }

    @Test("a data key opens the known ciphertexts", .enabled(if: Golden.available, "no golden files"))
    func opensKnownCiphertexts() throws {
        for box in try CryptoGolden.load().xchacha20poly1305_ietf {
            let key = try DataKey(bytes: box.key.bytes)
            let plaintext = try key.open(box.nonce.bytes + box.ciphertext_and_tag.bytes, associatedData: box.ad.bytes)
            #expect(plaintext == box.plaintext?.bytes)
        }
    }

    @Test("what must not open does not", .enabled(if: Golden.available, "no golden files"))
    func refusesForgeries() throws {
        let boxes = try CryptoGolden.load().xchacha20poly1305_ietf_must_fail
        #expect(boxes.count == 6)
        for box in boxes {
            let key = try DataKey(bytes: box.key.bytes)
            let sealed = box.nonce.bytes + box.ciphertext_and_tag.bytes
            #expect(throws: CryptographyError.wrongKeyOrCorrupted, "\(box.why ?? "")") {
                try key.open(sealed, associatedData: box.ad.bytes)
            }
        }
    }
}
