// SPDX-License-Identifier: Apache-2.0

import CSodium

/// The library behind this target.
enum Sodium {
    /// Whether libsodium is ready; starts it on first use. Safe from any thread.
    static let isReady = sodium_init() >= 0

    /// Starts libsodium. It fails only where the system has no random numbers: nothing secret can be done then.
    static func start() { precondition(isReady, "libsodium could not start") }
}

/// Lends the bytes of any collection as one run of memory; copies only what is not contiguous.
@inline(__always)
func withBytes<R>(of bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    // SAFETY: the pointer is valid for the call and does not escape from it.
    if let result = bytes.withContiguousStorageIfAvailable({ unsafe body($0) }) { return result }
    // SAFETY: as above, on a copy.
    return unsafe [UInt8](bytes).withUnsafeBufferPointer { unsafe body($0) }
}

/// An array of `count` bytes that `fill` writes in full.
@inline(__always)
func newBytes(_ count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) -> [UInt8] {
    guard count > 0 else { return [] }
    // SAFETY: capacity is at least `count`, which is positive, so there is a base address; `fill` writes `count` bytes.
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard let base = buffer.baseAddress else { return }
        unsafe fill(base)
        initialized = count
    }
}
