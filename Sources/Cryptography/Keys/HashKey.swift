// SPDX-License-Identifier: Apache-2.0

import CSodium

/// A key for keyed BLAKE2b: who lacks it can neither compute nor test a hash.
public struct HashKey: ~Copyable, Sendable {
    private let bytes: SecretBytes

    /// A fresh key.
    public init() { bytes = SecretBytes(randomCount: 32) }

    /// - Parameter bytes: 16 to 64 bytes; 32 is usual.
    /// - Throws: `.badLength`.
    public init(bytes: [UInt8]) throws(CryptographyError) {
        guard (16...64).contains(bytes.count) else { throw .badLength }
        self.bytes = SecretBytes(copying: bytes)
    }

    init(secret: consuming SecretBytes) { bytes = secret }

    /// The keyed hash of `message`.
    /// - Parameter length: Bytes of the digest, 16 to 64.
    public borrowing func hash(_ message: some Collection<UInt8>, length: Int = 32) -> [UInt8] {
        // SAFETY: the bytes are lent for the call.
        unsafe withBytes(of: message) { unsafe digest($0, length: length) }
    }

    /// The same, of lent bytes: for ids straight from a file.
    public borrowing func hash(_ message: Span<UInt8>, length: Int = 32) -> [UInt8] {
        // SAFETY: the span's memory is lent for the call.
        unsafe message.withUnsafeBufferPointer { unsafe digest($0, length: length) }
    }

    private borrowing func digest(_ message: UnsafeBufferPointer<UInt8>, length: Int) -> [UInt8] {
        precondition((16...64).contains(length), "a BLAKE2b digest here has 16 to 64 bytes, not \(length)")
        let keyLength = bytes.count
        return unsafe bytes.withPointer { key in
            unsafe newBytes(length) { out in
                // SAFETY: `out` holds `length` bytes, `key` its own count.
                _ = unsafe crypto_generichash(
                    out, length, message.baseAddress, UInt64(message.count), key, keyLength)
            }
        }
    }
}
