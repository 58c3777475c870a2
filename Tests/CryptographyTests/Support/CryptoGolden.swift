// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

@testable import Cryptography

/// `crypto.json`: answers of PyNaCl, each checked there against a second implementation.
struct CryptoGolden: Decodable {
    struct Block: Decodable { let key: HexBytes, nonce: HexBytes, counter: UInt32, keystream: HexBytes }
    struct HBlock: Decodable { let key: HexBytes, input: HexBytes, output: HexBytes }
    struct Box: Decodable {
        let why: String?
        let key: HexBytes, nonce: HexBytes, ad: HexBytes, plaintext: HexBytes?, ciphertext_and_tag: HexBytes
    }
    struct Hash: Decodable { let message: HexBytes, key: HexBytes, length: Int, digest: HexBytes }
    struct Argon: Decodable {
        let password: HexBytes, salt: HexBytes, opslimit: UInt64, memlimit_bytes: Int, parallelism: Int, length: Int
        let key: HexBytes
    }
    struct Signed: Decodable {
        let why: String?
        let seed: HexBytes?, public_key: HexBytes, message: HexBytes, signature: HexBytes
    }
    struct Stream: Decodable { let seed: HexBytes, length: Int, bytes: HexBytes }
    struct LongStream: Decodable { let seed: HexBytes, length: Int, blake2b_256: HexBytes, last_16: HexBytes }
    struct Words: Decodable { let seed: HexBytes, first_words: [String] }
    struct Derived: Decodable {
        let master: HexBytes, context: HexBytes, subkey_id: String, length: Int, subkey: HexBytes
    }

    let chacha20_ietf_block_rfc8439: [Block]
    let hchacha20: [HBlock]
    let xchacha20poly1305_ietf: [Box]
    let xchacha20poly1305_ietf_must_fail: [Box]
    let blake2b: [Hash]
    let argon2id_v13: [Argon]
    let ed25519: [Signed]
    let ed25519_must_fail: [Signed]
    let randombytes_buf_deterministic: [Stream]
    let randombytes_buf_deterministic_1MiB: [LongStream]
    let uint64_le_words: [Words]
    let crypto_kdf_derive_from_key: [Derived]

    static func load() throws -> CryptoGolden {
        try JSONDecoder().decode(CryptoGolden.self, from: Golden.json("crypto.json"))
    }
}

/// Bytes that JSON has in hexadecimal, read by Foundation's parser and not by ours.
struct HexBytes: Decodable, Equatable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let text = Array(try decoder.singleValueContainer().decode(String.self))
        bytes = try stride(from: 0, to: text.count, by: 2).map { index in
            guard index + 1 < text.count, let byte = UInt8(String(text[index...index + 1]), radix: 16) else {
                throw CocoaError(.coderReadCorrupt)
            }
            return byte
        }
    }
}
