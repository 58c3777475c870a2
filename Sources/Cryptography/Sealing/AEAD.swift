// SPDX-License-Identifier: Apache-2.0

import CSodium

/// XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha-03), as nonce(24) ‖ ciphertext ‖ tag(16).
///
/// Nonces are random: with 192 bits, 2⁸⁰ messages under one key collide with probability below 2⁻³².
@safe
enum AEAD {
    static let keyLength = 32
    static let nonceLength = 24
    static let tagLength = 16
    static let overhead = nonceLength + tagLength

    /// Seals under a fresh nonce.
    static func seal(
        _ plaintext: UnsafeBufferPointer<UInt8>, associatedData: [UInt8], key: UnsafePointer<UInt8>
    ) -> [UInt8] {
        unsafe newBytes(plaintext.count + overhead) { out in
            // SAFETY: `out` holds 24 bytes of nonce first.
            unsafe NonceSource.fill(out, count: nonceLength)
            unsafe encrypt(plaintext, associatedData, nonce: UnsafePointer(out), key: key, into: out + nonceLength)
        }
    }

    /// Ciphertext ‖ tag into `out`, which holds `plaintext.count + tagLength` bytes.
    static func encrypt(
        _ plaintext: UnsafeBufferPointer<UInt8>, _ associatedData: [UInt8], nonce: UnsafePointer<UInt8>,
        key: UnsafePointer<UInt8>, into out: UnsafeMutablePointer<UInt8>
    ) {
        unsafe associatedData.withUnsafeBufferPointer { ad in
            // SAFETY: nonce and key have 24 and 32 bytes, `out` room for the tag too; lengths are those of the buffers.
            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                out, nil, plaintext.baseAddress, UInt64(plaintext.count), ad.baseAddress, UInt64(ad.count), nil, nonce,
                key)
        }
    }

    /// The plaintext of nonce ‖ ciphertext ‖ tag; nil if anything differs from what was sealed.
    static func open(
        _ sealed: UnsafeBufferPointer<UInt8>, associatedData: [UInt8], key: UnsafePointer<UInt8>
    ) -> [UInt8]? {
        guard sealed.count >= overhead else { return nil }
        var isGenuine = false
        // SAFETY: `out` has room for what the box holds beyond nonce and tag.
        let plaintext = unsafe newBytes(sealed.count - overhead) { out in
            isGenuine = unsafe open(sealed, associatedData: associatedData, key: key, into: out)
        }
        // A box around nothing needs its tag checked too, and `newBytes(0)` calls nobody.
        if sealed.count == overhead {
            var unused: UInt8 = 0
            // SAFETY: nothing is written: the plaintext is empty.
            isGenuine = unsafe open(sealed, associatedData: associatedData, key: key, into: &unused)
        }
        return isGenuine ? plaintext : nil
    }

    /// The same into `out`, which holds `sealed.count − overhead` bytes. Whether it opened; if not, `out` is of no use.
    static func open(
        _ sealed: UnsafeBufferPointer<UInt8>, associatedData: [UInt8], key: UnsafePointer<UInt8>,
        into out: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        guard sealed.count >= overhead, let base = sealed.baseAddress else { return false }
        return unsafe associatedData.withUnsafeBufferPointer { ad in
            // SAFETY: `sealed` is at least nonce and tag long; `out` holds the rest. On failure libsodium zeroes it.
            unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                out, nil, nil, base + nonceLength, UInt64(sealed.count - nonceLength), ad.baseAddress, UInt64(ad.count),
                base, key) == 0
        }
    }
}
