// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
import Interactions
import Synchronization

/// The master keys in force: one, or two while a rotation is under way. Follows what `keys.sqlite` says, transaction by transaction.
///
/// That is how a process that has the vault open goes on while another rotates the key: the fingerprints in the snapshot it reads
/// say which keys its rows can be under, and a key that is not in hand is loaded. A key that is no longer in force leaves memory as
/// soon as nobody is inside `whileOpen`, who may still hold rows under it.
final class MasterKeys: Sendable {
    private final class Held: Sendable {
        let key: MasterKey
        let fingerprint: [UInt8]

        init(_ key: consuming MasterKey) {
            fingerprint = key.fingerprint()
            self.key = key
        }
    }

    private struct Ring {
        /// Never empty. The first wraps what is new.
        var held: [Held]
        /// No longer in force, but rows read before may be in somebody's hand.
        var retired: [Held] = []
        var users = 0
        var all: [Held] { held + retired }
    }

    private let ring: Mutex<Ring>
    private let source: MasterKeySource?

    init(_ first: consuming MasterKey, source: MasterKeySource?) {
        ring = Mutex(Ring(held: [Held(first)]))
        self.source = source
    }

    /// Loads the keys that `state` names, unless they are in hand, and lets go of the others.
    /// - Throws: `VaultError.wrongMasterKey` or `.noNextKey` if one cannot be had; what the source throws.
    func follow(_ state: MasterKeyState) throws {
        let wanted = state.inForce
        guard ring.withLock({ ring in ring.held.map(\.fingerprint) != wanted }) else { return }
        var known = ring.withLock(\.all)
        // The current one twice: the next may have taken its place in between.
        for place in [MasterKeySource.Place.current, .next, .current] {
            if wanted.allSatisfy({ fingerprint in known.contains { $0.fingerprint == fingerprint } }) { break }
            if let held = try load(place) { known.append(held) }
        }
        let held = wanted.compactMap { fingerprint in known.first { $0.fingerprint == fingerprint } }
        guard held.count == wanted.count else {
            let isNextMissing = state.next != nil && held.first?.fingerprint != state.next
            throw isNextMissing ? VaultError.noNextKey : .wrongMasterKey
        }
        ring.withLock { ring in
            let leaving = ring.all.filter { !wanted.contains($0.fingerprint) }
            ring.held = held
            ring.retired = ring.users > 0 ? leaving : []
        }
    }

    /// The fingerprint of the key that lies in `place` now; nil where there is none.
    func fingerprint(in place: MasterKeySource.Place) throws -> [UInt8]? {
        try load(place)?.fingerprint
    }

    private func load(_ place: MasterKeySource.Place) throws -> Held? {
        guard let source, let key = try source.load(place) else { return nil }
        return Held(key)
    }

    /// Keeps the keys in hand, and readable, through `body`: opening a cohort then spares two system calls a key.
    func whileOpen<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let held = ring.withLock { ring in
            ring.users += 1
            return ring.held
        }
        defer {
            ring.withLock { ring in
                ring.users -= 1
                if ring.users == 0 { ring.retired = [] }
            }
        }
        guard held.count > 1 else { return try held[0].key.whileOpen(body) }
        return try held[0].key.whileOpen { () throws(E) -> R in try held[1].key.whileOpen(body) }
    }

    /// A user's data key, sealed under the key for new rows.
    func wrap(_ key: borrowing DataKey, of user: UserPseudonym) -> [UInt8] {
        key.wrapped(by: ring.withLock(\.held)[0].key, associatedData: AssociatedData.key(of: user))
    }

    /// A user's data key, by whichever key in force opens it.
    /// - Throws: `.badLength`; `.wrongKeyOrCorrupted`.
    func unwrap(_ wrapped: [UInt8], of user: UserPseudonym) throws(CryptographyError) -> DataKey {
        let place = AssociatedData.key(of: user)
        let (held, retired) = ring.withLock { ($0.held, $0.retired) }
        if held.count == 1 && retired.isEmpty {
            return try DataKey(unwrapping: wrapped, by: held[0].key, associatedData: place)
        }
        for other in held + retired {
            if let key = try? DataKey(unwrapping: wrapped, by: other.key, associatedData: place) { return key }
        }
        throw .wrongKeyOrCorrupted
    }

    /// The same out of a row's own bytes; nil if none opens it.
    func unwrapping(_ wrapped: Span<UInt8>, associatedData place: [UInt8]) -> DataKey? {
        let (held, retired) = ring.withLock { ($0.held, $0.retired) }
        for other in held {
            if let key = DataKey.unwrapping(wrapped, by: other.key, associatedData: place) { return key }
        }
        for other in retired {
            if let key = DataKey.unwrapping(wrapped, by: other.key, associatedData: place) { return key }
        }
        return nil
    }

    /// The row as it would be under the key for new rows.
    /// - Returns: nil if it is under that key already, or does not open under any.
    func rewrap(_ wrapped: [UInt8], of user: UserPseudonym) -> [UInt8]? {
        let (place, held) = (AssociatedData.key(of: user), ring.withLock(\.held))
        guard held.count > 1, (try? DataKey(unwrapping: wrapped, by: held[0].key, associatedData: place)) == nil,
            let key = try? DataKey(unwrapping: wrapped, by: held[1].key, associatedData: place)
        else { return nil }
        return key.wrapped(by: held[0].key, associatedData: place)
    }

    /// Seals a small secret under the key for what is new.
    func seal(_ secret: [UInt8], associatedData: [UInt8]) -> [UInt8] {
        ring.withLock(\.held)[0].key.seal(secret, associatedData: associatedData)
    }

    /// A small secret, and which key opened it.
    /// - Throws: `VaultError.wrongMasterKey` if none does.
    func open(_ sealed: [UInt8], associatedData: [UInt8]) throws -> (secret: [UInt8], fingerprint: [UInt8]) {
        for held in ring.withLock(\.all) {
            if let secret = try? held.key.open(sealed, associatedData: associatedData) {
                return (secret, held.fingerprint)
            }
        }
        throw VaultError.wrongMasterKey
    }
}

extension Vault {
    /// Reads `keys.sqlite` in one snapshot, the master keys of just that snapshot in hand.
    func readKeys<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try keysFile.read { database in
            try followMaster(database)
            return try body(database)
        }
    }

    /// The same for one durable transaction that writes.
    func writeKeys<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try keysFile.write { database in
            try followMaster(database)
            return try body(database)
        }
    }

    private func followMaster(_ database: Database) throws {
        guard let state = try MasterKeyState(database) else { throw VaultError.notOurs(file: VaultSchema.keysFile) }
        try master.follow(state)
    }
}
