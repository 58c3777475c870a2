// SPDX-License-Identifier: Apache-2.0

import CSodium

/// The key stream of ChaCha20 as in RFC 8439: 64-byte blocks, 32-bit block counter, 96-bit nonce.
@safe
enum ChaCha20 {
    static let blockLength = 64
    static let keyLength = 32

    /// Writes `count` bytes of the key stream from block `counter` on.
    /// - Precondition: The blocks written end at or before block 2³².
    static func fill(
        _ out: UnsafeMutablePointer<UInt8>, count: Int, key: UnsafePointer<UInt8>, nonce: StaticNonce, counter: UInt32
    ) {
        // SAFETY: `out` holds `count` bytes; key and nonce have 32 and 12. The stream is exclusive-or with zeros.
        unsafe out.update(repeating: 0, count: count)
        _ = unsafe withUnsafeBytes(of: nonce.bytes) { nonce in
            unsafe crypto_stream_chacha20_ietf_xor_ic(
                out, out, UInt64(count), nonce.assumingMemoryBound(to: UInt8.self).baseAddress!, counter, key)
        }
    }
}

/// Twelve bytes without a place on the heap.
struct StaticNonce: Sendable {
    let bytes: (UInt32, UInt32, UInt32)

    /// From three little-endian words.
    init(_ a: UInt32, _ b: UInt32, _ c: UInt32) { bytes = (a.littleEndian, b.littleEndian, c.littleEndian) }

    /// "LibsodiumDRG", with which libsodium's deterministic generator runs.
    static let generator = StaticNonce(0x7362_694c, 0x7569_646f, 0x4752_446d)
}
