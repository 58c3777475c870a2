// SPDX-License-Identifier: Apache-2.0

import Cryptography

/// The few lengths that a sealed record can have, so that files show activity to a factor of four and no more.
enum SizeClass: Int, CaseIterable, Comparable, Sendable {
    case bytes256 = 256
    case kibibyte1 = 1024
    case kibibytes4 = 4096
    case kibibytes16 = 16384
    case kibibytes64 = 65536

    /// Bytes of plaintext that fit; the rest is nonce and tag.
    var capacity: Int { rawValue - DataKey.overhead }

    /// The smallest class that holds `plaintext` bytes, nil if none does.
    init?(holding plaintext: Int) {
        guard let fitting = Self.allCases.first(where: { plaintext <= $0.capacity }) else { return nil }
        self = fitting
    }

    /// The class of a sealed record, nil if its length is none of ours.
    init?(sealedLength: Int) { self.init(rawValue: sealedLength) }

    static func < (a: SizeClass, b: SizeClass) -> Bool { a.rawValue < b.rawValue }

    /// `content` with zeros behind it, as long as this class holds.
    func padded(_ content: [UInt8]) -> [UInt8] {
        precondition(content.count <= capacity, "\(content.count) bytes do not fit \(capacity)")
        return content + [UInt8](repeating: 0, count: capacity - content.count)
    }
}
