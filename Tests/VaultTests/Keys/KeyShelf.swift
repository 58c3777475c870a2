// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Synchronization

@testable import Vault

/// Where a test keeps master keys, as files would be.
final class KeyShelf: Sendable {
    private let keys: Mutex<(current: [UInt8]?, next: [UInt8]?)>

    init(_ current: [UInt8]) { keys = Mutex((current, nil)) }

    var current: [UInt8]? { keys.withLock { $0.current } }

    func putNext(_ key: [UInt8]) { keys.withLock { $0.next = key } }

    /// The new key takes the old one's place; the old one is nowhere any more.
    func replace() { keys.withLock { $0 = ($0.next ?? $0.current, nil) } }

    var source: MasterKeySource {
        MasterKeySource { [self] place in
            guard let bytes = keys.withLock({ place == .next ? $0.next : $0.current }) else { return nil }
            return try MasterKey(bytes: bytes)
        }
    }

    /// As a process does that finds what is there now.
    func open(_ fixture: VaultFixture) throws -> Vault { try open(at: fixture.directory) }

    func open(at directory: URL) throws -> Vault {
        try Vault(
            opening: directory, directoryID: VaultFixture.directoryID, master: MasterKey(bytes: current ?? []),
            reloading: source)
    }
}
