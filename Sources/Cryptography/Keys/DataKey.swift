// SPDX-License-Identifier: Apache-2.0

import CSodium

/// The key of one user's records. Lives in plain memory for as long as they are opened or sealed, then is zeroed.
public struct DataKey: ~Copyable, Sendable {
    /// Bytes that sealing adds: nonce 24, tag 16.
    public static let overhead = AEAD.overhead
    /// Bytes of a wrapped key: 24 + 32 + 16.
    public static let wrappedLength = AEAD.overhead + AEAD.keyLength
    private let bytes: SecretBytes

    /// A fresh key from the system.
    public init() { bytes = SecretBytes(randomCount: AEAD.keyLength) }

    /// - Throws: `.badLength` unless there are 32 bytes.
    package init(bytes: [UInt8]) throws(CryptographyError) {
        guard bytes.count == AEAD.keyLength else { throw .badLength }
        self.bytes = SecretBytes(copying: bytes)
    }

    /// The key that `wrapped(by:associatedData:)` sealed.
    /// - Throws: `.badLength` unless there are 72 bytes; `.wrongKeyOrCorrupted`.
    public init(
        unwrapping wrapped: some Collection<UInt8>, by master: borrowing MasterKey, associatedData: [UInt8]
    ) throws(CryptographyError) {
        guard wrapped.count == Self.wrappedLength else { throw .badLength }
        var isGenuine = false
        // Straight into the memory that is zeroed at the end.
        let key = unsafe SecretBytes(count: AEAD.keyLength) { out in
            unsafe master.withKey(.wrapping) { key in
                // SAFETY: 72 bytes of box hold 32 of key, as many as `out` does.
                isGenuine = unsafe withBytes(of: wrapped) {
                    unsafe AEAD.open($0, associatedData: associatedData, key: key, into: out)
                }
            }
        }
        guard isGenuine else { throw .wrongKeyOrCorrupted }
        bytes = key
    }

    init(secret: consuming SecretBytes) { bytes = secret }

    /// Lends the 32 bytes.
    borrowing func withKey<R>(_ body: (UnsafePointer<UInt8>) -> R) -> R { unsafe bytes.withPointer { unsafe body($0) } }

    /// This key, sealed under the master key. 72 bytes; no two are alike.
    public borrowing func wrapped(by master: borrowing MasterKey, associatedData: [UInt8]) -> [UInt8] {
        unsafe bytes.withPointer { key in
            // SAFETY: the key has 32 bytes, lent for the call.
            let plain = unsafe UnsafeBufferPointer(start: key, count: AEAD.keyLength)
            return unsafe master.withKey(.wrapping) {
                unsafe AEAD.seal(plain, associatedData: associatedData, key: $0)
            }
        }
    }

    /// XChaCha20-Poly1305 under a fresh nonce: nonce(24) ‖ ciphertext ‖ tag(16).
    /// - Parameter associatedData: What the box is bound to; `open` needs the same bytes.
    public borrowing func seal(_ plaintext: [UInt8], associatedData: [UInt8]) -> [UInt8] {
        unsafe bytes.withPointer { key in
            // SAFETY: the array is lent for the call; the key has 32 bytes.
            unsafe plaintext.withUnsafeBufferPointer {
                unsafe AEAD.seal($0, associatedData: associatedData, key: key)
            }
        }
    }

    /// What `seal` was given.
    /// - Throws: `.wrongKeyOrCorrupted` for another key, other associated data, or bytes changed, cut or added.
    public borrowing func open(
        _ sealed: some Collection<UInt8>, associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let plaintext = unsafe bytes.withPointer { key in
            // SAFETY: the bytes are lent for the call; the key has 32 bytes.
            unsafe withBytes(of: sealed) { unsafe AEAD.open($0, associatedData: associatedData, key: key) }
        }
        guard let plaintext else { throw .wrongKeyOrCorrupted }
        return plaintext
    }
}
