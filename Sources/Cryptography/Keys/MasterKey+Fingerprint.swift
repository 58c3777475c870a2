// SPDX-License-Identifier: Apache-2.0

extension MasterKey {
    /// Bytes of a fingerprint.
    public static let fingerprintLength = 16

    /// Which key this is, without telling it: libsodium's KDF with context "fingrprt" and id 1, 16 bytes.
    ///
    /// Nobody gets from it to a random key. Of a passphrase it allows guesses to be tested, as any box under its key does: it stays
    /// in the data directory.
    public borrowing func fingerprint() -> [UInt8] {
        unsafe withMaster { master in
            unsafe newBytes(Self.fingerprintLength) { out in
                // SAFETY: `master` holds 32 bytes, hence a base address; `out` holds 16.
                unsafe KeyDerivation.derive(
                    from: master.baseAddress!, context: "fingrprt", id: 1, into: out, count: Self.fingerprintLength)
            }
        }
    }

    /// Lends the key as hexadecimal digits and `ending`, to be written to a file or for a KMS to wrap; zeroed afterwards.
    public borrowing func withHexadecimal<R>(
        ending: [UInt8] = [], _ body: ([UInt8]) throws -> R
    ) rethrows -> R {
        // SAFETY: the key's bytes are read while they are lent.
        var digits = unsafe withMaster { unsafe Array(Hex.encode($0).utf8) } + ending
        defer { ConstantTime.erase(&digits) }
        return try body(digits)
    }

    /// The key of 64 hexadecimal digits.
    /// - Throws: `.badLength` for anything else; `.outOfMemory`.
    public init(hexadecimal digits: [UInt8]) throws(CryptographyError) {
        guard digits.count == 2 * Self.length, let key = Hex.decode(utf8: digits) else { throw .badLength }
        try self.init(bytes: key)
    }
}
