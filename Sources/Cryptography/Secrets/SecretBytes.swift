// SPDX-License-Identifier: Apache-2.0

import CSodium

/// A few secret bytes in plain memory, zeroed when their owner ends. They never move and are never copied.
@safe
struct SecretBytes: ~Copyable, @unchecked Sendable {
    // SAFETY: allocated in `init` for `count` bytes, freed in `deinit` only, written only while `init` runs; hence also
    // free to be read from several threads.
    private let pointer: UnsafeMutablePointer<UInt8>
    let count: Int

    /// `count` bytes that `fill` writes in full.
    init(count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        Sodium.start()
        self.count = count
        // SAFETY: one byte at least, so that the pointer is never dangling.
        unsafe pointer = .allocate(capacity: max(1, count))
        // SAFETY: the bytes are initialised before anybody reads them.
        unsafe pointer.initialize(repeating: 0, count: max(1, count))
        unsafe fill(pointer)
    }

    /// Fresh bytes from the system.
    init(randomCount count: Int) {
        // SAFETY: writes exactly the `count` bytes allocated.
        unsafe self.init(count: count) { unsafe randombytes_buf($0, count) }
    }

    init(copying bytes: [UInt8]) {
        unsafe self.init(count: bytes.count) { target in
            // SAFETY: `target` holds as many bytes as the array; they do not overlap.
            unsafe bytes.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { unsafe target.update(from: base, count: source.count) }
            }
        }
    }

    /// Lends the bytes; they must not escape.
    @inline(__always)
    borrowing func withPointer<R>(_ body: (UnsafePointer<UInt8>) -> R) -> R {
        // SAFETY: valid while self is borrowed.
        unsafe body(UnsafePointer(pointer))
    }

    deinit {
        // SAFETY: nobody can borrow self any more; the compiler may not drop sodium_memzero.
        unsafe sodium_memzero(pointer, count)
        unsafe pointer.deallocate()
    }
}
