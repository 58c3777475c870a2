// SPDX-License-Identifier: Apache-2.0

import CSodium

/// How keys come from others.
@safe
enum KeyDerivation {
    /// libsodium's crypto_kdf: BLAKE2b(key: master, salt: LE64(id), personal: context) of nothing.
    /// - Parameters:
    ///   - context: Eight bytes that name the use.
    ///   - count: Bytes of the subkey, 16 to 64.
    static func derive(
        from master: UnsafePointer<UInt8>, context: String, id: UInt64, into out: UnsafeMutablePointer<UInt8>,
        count: Int
    ) {
        precondition(context.utf8.count == 8 && (16...64).contains(count), "a context of 8 bytes, a key of 16 to 64")
        // SAFETY: `master` has 32 bytes, the context 8, `out` holds `count`.
        _ = unsafe context.withCString { unsafe crypto_kdf_derive_from_key(out, count, id, $0, master) }
    }

    /// Argon2id version 1.3 with one lane; nil if the memory cannot be had.
    /// - Parameters:
    ///   - salt: 16 bytes.
    ///   - memory: Bytes, 8 KiB at least.
    static func argon2id(
        _ password: [UInt8], salt: [UInt8], operations: UInt64, memory: Int, count: Int
    ) -> [UInt8]? {
        precondition(salt.count == 16, "a salt has 16 bytes")
        var isDone = false
        let key = unsafe newBytes(count) { out in
            unsafe password.withUnsafeBufferPointer { password in
                // SAFETY: `out` holds `count` bytes, the salt has 16; libsodium wants some address for a password of none.
                var none: CChar = 0
                let start = unsafe UnsafeRawPointer(password.baseAddress)?.assumingMemoryBound(to: CChar.self)
                isDone = unsafe withUnsafePointer(to: &none) { empty in
                    unsafe crypto_pwhash(
                        out, UInt64(count), start ?? empty, UInt64(password.count), salt, operations, memory,
                        crypto_pwhash_ALG_ARGON2ID13) == 0
                }
            }
        }
        return isDone ? key : nil
    }
}

extension MasterKey {
    /// The key of a passphrase: Argon2id at libsodium's "moderate" (3 passes over 256 MiB, about half a second).
    /// - Parameters:
    ///   - passphrase: Not empty.
    ///   - salt: 16 random bytes, public, kept beside the data.
    /// - Throws: `.badLength`; `.outOfMemory`.
    public init(passphrase: [UInt8], salt: [UInt8]) throws(CryptographyError) {
        guard !passphrase.isEmpty, salt.count == 16 else { throw .badLength }
        guard Sodium.isReady else { throw .notInitialised }
        guard let key = KeyDerivation.argon2id(passphrase, salt: salt, operations: 3, memory: 256 << 20, count: 32)
        else { throw .outOfMemory }
        try self.init(bytes: key)
    }
}
