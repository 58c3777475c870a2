// SPDX-License-Identifier: Apache-2.0

import Synchronization

@testable import Cryptography

/// start, start + 1, …
func sequence(_ count: Int, from start: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: start + $0) }
}

func text(_ string: String) -> [UInt8] { Array(string.utf8) }

/// What an expression throws, nil if it does not.
func thrown(_ body: () throws -> Void) -> CryptographyError? {
    do { try body() } catch { return error as? CryptographyError }
    return nil
}

/// Fails the type checker of no one: a message opened and closed for noncopyable results, which `#expect` cannot hold.
func opens(_ key: borrowing DataKey, _ sealed: [UInt8], _ associatedData: [UInt8]) -> Bool {
    (try? key.open(sealed, associatedData: associatedData)) != nil
}

func unwraps(_ wrapped: [UInt8], by master: borrowing MasterKey, _ associatedData: [UInt8]) -> Bool {
    do {
        _ = try DataKey(unwrapping: wrapped, by: master, associatedData: associatedData)
        return true
    } catch { return false }
}
