// SPDX-License-Identifier: Apache-2.0

import CSodium

/// BLAKE2b without a key (RFC 7693). A fingerprint of public bytes; for private ones use `HashKey`.
public enum BLAKE2b {
    /// The digest of `bytes`.
    /// - Parameter length: Bytes of the digest, 16 to 64.
    public static func hash(_ bytes: some Collection<UInt8>, length: Int = 32) -> [UInt8] {
        precondition((16...64).contains(length), "a BLAKE2b digest here has 16 to 64 bytes, not \(length)")
        Sodium.start()
        return unsafe withBytes(of: bytes) { input in
            unsafe newBytes(length) { out in
                // SAFETY: `out` holds `length` bytes; no key.
                _ = unsafe crypto_generichash(out, length, input.baseAddress, UInt64(input.count), nil, 0)
            }
        }
    }

    /// The same, of bytes that come in pieces.
    @safe
    public struct Hasher: ~Copyable, @unchecked Sendable {
        // SAFETY: allocated in `init` as large and as aligned as libsodium asks, freed in `deinit`; written by mutating
        // and consuming methods only.
        private let state: OpaquePointer
        private let length: Int

        /// - Parameter length: Bytes of the digest, 16 to 64.
        public init(length: Int = 32) {
            precondition((16...64).contains(length), "a BLAKE2b digest here has 16 to 64 bytes, not \(length)")
            Sodium.start()
            self.length = length
            // SAFETY: memory of the state's size at its alignment (64); initialised by the next call.
            let memory = UnsafeMutableRawPointer.allocate(
                byteCount: crypto_generichash_statebytes(), alignment: 64)
            unsafe state = OpaquePointer(memory)
            _ = unsafe crypto_generichash_init(state, nil, 0, length)
        }

        /// Takes the next piece; a piece may be empty.
        public mutating func update(_ bytes: some Collection<UInt8>) {
            unsafe withBytes(of: bytes) { input in
                // SAFETY: reads the buffer within its count.
                _ = unsafe crypto_generichash_update(state, input.baseAddress, UInt64(input.count))
            }
        }

        /// The digest of all pieces.
        public consuming func finalize() -> [UInt8] {
            unsafe newBytes(length) { out in
                // SAFETY: `out` holds `length` bytes; the state is used no more.
                _ = unsafe crypto_generichash_final(state, out, length)
            }
        }

        deinit {
            // SAFETY: nobody can borrow self any more; sizes as allocated.
            unsafe sodium_memzero(UnsafeMutableRawPointer(state), crypto_generichash_statebytes())
            unsafe UnsafeMutableRawPointer(state).deallocate()
        }
    }
}
