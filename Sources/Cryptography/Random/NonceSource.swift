// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where nonces come from: one secure stream behind a lock. A system call for each would double the cost of a seal.
@safe
enum NonceSource {
    private static let stream = Mutex(SecureStream())

    /// `count` bytes that no other call and no forked process gets.
    static func fill(_ out: UnsafeMutablePointer<UInt8>, count: Int) {
        // SAFETY: `out` holds `count` bytes and outlives the call, which is synchronous.
        stream.withLock { unsafe $0.fillBytes(out, count: count) }
    }
}
