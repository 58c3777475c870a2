// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Cryptography

struct GuardedBytesTests {
    @Test("between uses the page cannot be read: the process dies")
    func isUnreadableBetweenUses() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let bytes = try GuardedBytes(count: 32) { $0.update(repeating: 7, count: 32) }
            nonisolated(unsafe) var kept: UnsafePointer<UInt8>?
            bytes.withPointer { kept = $0 }
            print(kept!.pointee)
            // Keeps the page mapped until here.
            bytes.withPointer { _ in }
        }
    }

    @Test("within a use, nested ones included, it reads what was written")
    func readsWithinUses() throws {
        let bytes = try GuardedBytes(count: 3) { $0.update(repeating: 7, count: 3) }
        let sum = bytes.withPointer { outer in
            let inner = bytes.withPointer { Int($0[0]) + Int($0[1]) }
            return inner + Int(outer[2])
        }
        #expect(sum == 21)
    }

    @Test("a use that throws closes the page behind it")
    func closesAfterThrow() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let bytes = try GuardedBytes(count: 32) { $0.update(repeating: 7, count: 32) }
            nonisolated(unsafe) var kept: UnsafePointer<UInt8>?
            do {
                try bytes.withPointer { (pointer) throws(CryptographyError) in
                    kept = pointer
                    throw CryptographyError.badLength
                }
            } catch { print(kept!.pointee) }
            bytes.withPointer { _ in }
        }
    }
}
