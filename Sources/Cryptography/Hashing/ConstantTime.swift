// SPDX-License-Identifier: Apache-2.0

import CSodium

/// Operations whose time and trace do not tell what the bytes are.
public enum ConstantTime {
    /// Whether both are the same bytes. Only the lengths can be told from the time.
    public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                guard let x = a.baseAddress, let y = b.baseAddress else { return true }
                // SAFETY: both hold a.count bytes.
                return unsafe sodium_memcmp(x, y, a.count) == 0
            }
        }
    }

    /// Overwrites `bytes` with zeros, which the compiler may not leave out. Other copies of the array stay.
    public static func erase(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            // SAFETY: writes within the buffer.
            if let base = buffer.baseAddress { unsafe sodium_memzero(base, buffer.count) }
        }
    }
}
