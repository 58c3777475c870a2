// SPDX-License-Identifier: Apache-2.0

import Cryptography

/// The vault's own three secrets: what signs, what makes pseudonyms, what makes tombstones.
///
/// 32 bytes each, random when the vault is made, sealed under the master key: rotating that key changes no pseudonym and
/// no signature.
struct VaultSecrets: ~Copyable, Sendable {
    private static let length = 96
    let signing: SigningKey
    let pseudonyms: HashKey
    let tombstones: HashKey

    /// Fresh secrets: the 96 bytes to be sealed.
    static func fresh() -> [UInt8] { SystemRandom.bytes(length) }

    /// The caller's bytes are zeroed if nobody else holds them.
    /// - Throws: `VaultError.wrongMasterKey` unless there are 96 bytes.
    init(bytes: consuming [UInt8]) throws {
        defer { ConstantTime.erase(&bytes) }
        guard bytes.count == Self.length else { throw VaultError.wrongMasterKey }
        let signing = try SigningKey(seed: Array(bytes[0..<32]))
        let pseudonyms = try HashKey(bytes: Array(bytes[32..<64]))
        let tombstones = try HashKey(bytes: Array(bytes[64..<96]))
        self.signing = signing
        self.pseudonyms = pseudonyms
        self.tombstones = tombstones
    }
}
