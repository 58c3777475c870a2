// SPDX-License-Identifier: Apache-2.0

extension DataKey {
    /// The key in a wrapped key that is only lent; nil if it is no such key of this master key.
    public static func unwrapping(
        _ wrapped: Span<UInt8>, by master: borrowing MasterKey, associatedData: [UInt8]
    ) -> DataKey? {
        guard wrapped.count == wrappedLength else { return nil }
        var isGenuine = false
        // SAFETY: 72 bytes of box hold 32 of key, as many as `out` does; the span is lent for the call.
        let key = unsafe SecretBytes(count: AEAD.keyLength) { out in
            unsafe master.withKey(.wrapping) { key in
                unsafe wrapped.withUnsafeBufferPointer {
                    isGenuine = unsafe AEAD.open($0, associatedData: associatedData, key: key, into: out)
                }
            }
        }
        return isGenuine ? DataKey(secret: key) : nil
    }

    /// What `seal` was given, at the start of `plaintext`, which grows where it is too small and is not shortened.
    /// - Returns: How many bytes; nil for what `open` refuses.
    public borrowing func open(
        _ sealed: Span<UInt8>, associatedData: [UInt8], into plaintext: inout [UInt8]
    ) -> Int? {
        let count = sealed.count - Self.overhead
        guard count > 0 else { return nil }
        if plaintext.count < count { plaintext = [UInt8](repeating: 0, count: count) }
        let isGenuine = unsafe withKey { key in
            // SAFETY: `out` holds at least `count` bytes, the sealed ones are lent for the call; the key has 32.
            unsafe plaintext.withUnsafeMutableBufferPointer { out in
                unsafe sealed.withUnsafeBufferPointer { sealed in
                    guard let out = out.baseAddress else { return false }
                    return unsafe AEAD.open(sealed, associatedData: associatedData, key: key, into: out)
                }
            }
        }
        return isGenuine ? count : nil
    }
}
