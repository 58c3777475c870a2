// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import Interactions

extension Vault {
    /// The most bytes of an outside id.
    public static let maximumUserIDLength = 1024

    /// What the system calls a user: a keyed hash of the outside id, byte for byte.
    public func pseudonym(of userID: String) -> UserPseudonym {
        var userID = userID
        return userID.withUTF8 { pseudonym(ofUTF8: $0) }
    }

    /// The same, from bytes that are only lent.
    package func pseudonym(of userID: Span<UInt8>) -> UserPseudonym {
        let hash = secrets.pseudonyms.hash(userID, length: UserPseudonym.byteCount)
        guard let pseudonym = UserPseudonym(hash.span) else { preconditionFailure("a hash of 16 bytes") }
        return pseudonym
    }

    /// The same, from bytes straight out of a file.
    public func pseudonym(ofUTF8 userID: some Collection<UInt8>) -> UserPseudonym {
        let hash = secrets.pseudonyms.hash(userID, length: UserPseudonym.byteCount)
        guard let pseudonym = UserPseudonym(bytes: hash) else { preconditionFailure("a hash of 16 bytes") }
        return pseudonym
    }

    /// What remains of an erased user: a keyed hash of the pseudonym, 32 bytes, under a key used for nothing else.
    public func tombstone(of user: UserPseudonym) -> [UInt8] { secrets.tombstones.hash(user.bytes, length: 32) }

    /// A fingerprint of content that was taken in: a keyed hash, 32 bytes, which nobody without the vault can test a guess with.
    public func fingerprint(ofContent digest: [UInt8]) -> [UInt8] {
        // Pseudonyms have 16 bytes; the length is a parameter of BLAKE2b, so that the two never meet.
        secrets.pseudonyms.hash(Array("discreet.content\u{0}".utf8) + digest, length: 32)
    }

    /// The key of the ledger's keyed hashes. The same at each call and after a rotation of the master key.
    public func ledgerKey() throws -> HashKey {
        // 64 bytes, which no other hash under this key has.
        var bytes = secrets.pseudonyms.hash(Array("discreet.ledger\u{0}".utf8), length: 64)
        defer { ConstantTime.erase(&bytes) }
        return try HashKey(bytes: bytes)
    }

    /// Lends the key with which the directory signs certificates, receipts and log heads.
    public func withSigningKey<Result>(_ body: (borrowing SigningKey) throws -> Result) rethrows -> Result {
        try body(secrets.signing)
    }
}
