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

    /// The caller zeroes its bytes; no copy of them is left.
    /// - Throws: `VaultError.wrongMasterKey` unless there are 96 bytes.
    init(bytes: [UInt8]) throws {
        guard bytes.count == Self.length else { throw VaultError.wrongMasterKey }
        var parts = (Array(bytes[0..<32]), Array(bytes[32..<64]), Array(bytes[64..<96]))
        defer {
            ConstantTime.erase(&parts.0)
            ConstantTime.erase(&parts.1)
            ConstantTime.erase(&parts.2)
        }
        let signing = try SigningKey(seed: parts.0)
        let pseudonyms = try HashKey(bytes: parts.1)
        let tombstones = try HashKey(bytes: parts.2)
        self.signing = signing
        self.pseudonyms = pseudonyms
        self.tombstones = tombstones
    }
}
