// SPDX-License-Identifier: Apache-2.0

import CSodium

/// Random bytes from the operating system. A system call each: draw a seed here, expand it with `SecureStream`.
public enum SystemRandom {
    /// `count` fresh bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        Sodium.start()
        // SAFETY: writes the `count` bytes that the array has.
        return unsafe newBytes(count) { unsafe randombytes_buf($0, count) }
    }
}
