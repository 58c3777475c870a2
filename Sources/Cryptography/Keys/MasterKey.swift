// SPDX-License-Identifier: Apache-2.0

import CSodium

/// The key of a data directory, in guarded memory that is unreadable between uses.
///
/// It never seals by itself. Three keys come from it by libsodium's KDF (keyed BLAKE2b; context, id): one wraps data keys
/// ("wrapping", 1), one seals small secrets ("sealing_", 1), one makes named subkeys ("discreet", a hash of the name).
public struct MasterKey: ~Copyable, Sendable {
    /// Bytes of a master key.
    public static let length = 32

    /// What a derived key is for.
    enum Role: Int { case wrapping = 1, sealing = 2 }

    /// Master ‖ wrapping ‖ sealing key, 32 bytes each: derived once, since 10⁶ unwraps follow.
    private let bytes: GuardedBytes

    /// A fresh key from the system. Traps where the system grants no guarded memory; `init(bytes:)` throws instead.
    public init() {
        var fresh = SystemRandom.bytes(Self.length)
        defer { ConstantTime.erase(&fresh) }
        do { bytes = try Self.guarded(fresh) } catch { preconditionFailure("\(error)") }
    }

    /// The caller's array is zeroed if nobody else holds it.
    /// - Throws: `.badLength` unless there are 32 bytes; `.outOfMemory`.
    public init(bytes: consuming [UInt8]) throws(CryptographyError) {
        defer { ConstantTime.erase(&bytes) }
        guard bytes.count == Self.length else { throw .badLength }
        self.bytes = try Self.guarded(bytes)
    }

    private static func guarded(_ master: [UInt8]) throws(CryptographyError) -> GuardedBytes {
        try unsafe GuardedBytes(count: 3 * length) { target in
            // SAFETY: `target` holds 96 bytes, `master` 32.
            unsafe master.withUnsafeBufferPointer { unsafe target.update(from: $0.baseAddress!, count: length) }
            let key = unsafe UnsafePointer(target)
            unsafe KeyDerivation.derive(from: key, context: "wrapping", id: 1, into: target + length, count: length)
            unsafe KeyDerivation.derive(from: key, context: "sealing_", id: 1, into: target + 2 * length, count: length)
        }
    }

    /// Keeps the key readable through `body`: opening a cohort then spares two system calls a key.
    public borrowing func whileOpen<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        // SAFETY: nobody uses the pointer.
        try unsafe bytes.withPointer { (_) throws(E) -> R in try body() }
    }

    /// The key for keyed hashing that belongs to `name`. Another name gives an independent key.
    public borrowing func subkey(_ name: String) -> HashKey {
        let id = BLAKE2b.hash(Array(name.utf8), length: 32).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return HashKey(
            secret: unsafe SecretBytes(count: 32) { target in
                // SAFETY: 32 bytes out of 32 bytes of master key.
                unsafe bytes.withPointer {
                    unsafe KeyDerivation.derive(from: $0, context: "discreet", id: id, into: target, count: 32)
                }
            })
    }

    /// Seals a small secret (a seed, another key) that lies beside the data: nonce(24) ‖ ciphertext ‖ tag(16).
    public borrowing func seal(_ secret: [UInt8], associatedData: [UInt8]) -> [UInt8] {
        unsafe withKey(.sealing) { key in
            // SAFETY: the array is lent for the call; the key has 32 bytes.
            unsafe secret.withUnsafeBufferPointer { unsafe AEAD.seal($0, associatedData: associatedData, key: key) }
        }
    }

    /// What `seal` was given.
    /// - Throws: `.wrongKeyOrCorrupted`.
    public borrowing func open(
        _ sealed: some Collection<UInt8>, associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let secret = unsafe withKey(.sealing) { key in
            // SAFETY: the bytes are lent for the call; the key has 32 bytes.
            unsafe withBytes(of: sealed) { unsafe AEAD.open($0, associatedData: associatedData, key: key) }
        }
        guard let secret else { throw .wrongKeyOrCorrupted }
        return secret
    }

    /// Lends the key's own bytes, for the file alone.
    borrowing func withMaster<R, E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
        try unsafe bytes.withPointer { (pointer) throws(E) -> R in
            // SAFETY: the first 32 of 96 bytes.
            try unsafe body(UnsafeBufferPointer(start: pointer, count: Self.length))
        }
    }

    /// Lends the 32 bytes of a derived key.
    borrowing func withKey<R>(_ role: Role, _ body: (UnsafePointer<UInt8>) -> R) -> R {
        // SAFETY: the role's 32 bytes within the 96.
        unsafe bytes.withPointer { unsafe body($0 + role.rawValue * Self.length) }
    }
}
