// SPDX-License-Identifier: Apache-2.0

import CSodium

/// An Ed25519 key (RFC 8032). Its owner keeps the seed; the key is made from it.
public struct SigningKey: ~Copyable, Sendable {
    /// Bytes of a seed.
    public static let seedLength = 32
    private let secret: SecretBytes
    /// The 32 bytes with which anyone can verify.
    public let publicKey: [UInt8]

    /// - Throws: `.badLength` unless the seed has 32 bytes.
    public init(seed: [UInt8]) throws(CryptographyError) {
        guard seed.count == Self.seedLength else { throw .badLength }
        Sodium.start()
        var publicKey = [UInt8](repeating: 0, count: 32)
        secret = unsafe SecretBytes(count: 64) { target in
            // SAFETY: 64 bytes of secret, 32 of public key, 32 of seed.
            _ = unsafe crypto_sign_seed_keypair(&publicKey, target, seed)
        }
        self.publicKey = publicKey
    }

    /// The 64 bytes of signature over `message`. The same message always gets the same.
    public borrowing func sign(_ message: [UInt8]) -> [UInt8] {
        unsafe secret.withPointer { key in
            unsafe newBytes(64) { out in
                // SAFETY: `out` holds 64 bytes, `key` 64; the length is the array's.
                _ = unsafe crypto_sign_detached(out, nil, message, UInt64(message.count), key)
            }
        }
    }
}

/// Checking of Ed25519 signatures.
public enum Signature {
    /// Whether `signature` is the one of `publicKey`'s owner over exactly `message`. Wrong lengths are not valid.
    public static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == 64, publicKey.count == 32 else { return false }
        Sodium.start()
        // SAFETY: lengths as checked; the message's is its own.
        return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), publicKey) == 0
    }
}
