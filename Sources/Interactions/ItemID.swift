// SPDX-License-Identifier: Apache-2.0

/// The outside id of an item that no catalogue has yet, byte for byte: UTF-8, 1 to 512 bytes. What one person's events say, so private.
///
/// `String` takes "é" and "e" with an accent for one; outside systems do not.
public struct ItemID: Hashable, Comparable, Sendable {
    public static let maximumLength = 512
    public let bytes: [UInt8]

    /// Nil for what is no id: nothing, too much, no UTF-8, or with a NUL.
    public init?(_ bytes: [UInt8]) {
        guard (1...Self.maximumLength).contains(bytes.count), !bytes.contains(0),
            String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        self.bytes = bytes
    }

    public init?(_ text: String) { self.init(Array(text.utf8)) }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// By bytes.
    public static func < (a: ItemID, b: ItemID) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
