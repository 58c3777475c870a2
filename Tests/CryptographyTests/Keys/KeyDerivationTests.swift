// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cryptography

@Suite(.enabled(if: Golden.available, "no golden files"))
struct KeyDerivationTests {
    @Test("subkeys are libsodium's crypto_kdf, for every context, id and length known")
    func matchesKnownSubkeys() throws {
        let cases = try CryptoGolden.load().crypto_kdf_derive_from_key
        #expect(cases.count == 30)
        for known in cases {
            // A context of zeros is no Swift string for C: its first zero ends it, the other seven follow just the same.
            let context = String(decoding: known.context.bytes, as: UTF8.self)
            let id = try #require(UInt64(known.subkey_id))
            let subkey = newBytes(known.length) {
                KeyDerivation.derive(from: known.master.bytes, context: context, id: id, into: $0, count: known.length)
            }
            #expect(subkey == known.subkey.bytes)
        }
    }

    @Test("Argon2id version 1.3 gives the known keys, an empty password included")
    func matchesArgon2id() throws {
        for known in try CryptoGolden.load().argon2id_v13 {
            #expect(known.parallelism == 1)
            let key = KeyDerivation.argon2id(
                known.password.bytes, salt: known.salt.bytes, operations: known.opslimit, memory: known.memlimit_bytes,
                count: known.length)
            #expect(key == known.key.bytes)
        }
    }
}
