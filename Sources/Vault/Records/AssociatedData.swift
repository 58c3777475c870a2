// SPDX-License-Identifier: Apache-2.0

import Interactions

/// What each sealed record is bound to: its kind, its format, its owner and its place. Moved, it does not open.
///
/// Layout: the kind's name in ASCII, a zero byte, the format version (1 byte), the pseudonym (16 bytes), and for a segment
/// or a piece of what is pending its number (4 bytes) and generation (8 bytes), both big-endian.
enum AssociatedData {
    /// Version of all record formats in this folder.
    static let format: UInt8 = 1

    static func key(of user: UserPseudonym) -> [UInt8] { prefix("discreet.key") + user.bytes }
    static func head(of user: UserPseudonym) -> [UInt8] { prefix("discreet.head") + user.bytes }

    /// Of a consent: nobody's evidence proves another person's word, or one on another purpose.
    static func evidence(of user: UserPseudonym, purpose: Purpose) -> [UInt8] {
        prefix("discreet.evidence") + user.bytes + Array(purpose.rawValue.utf8)
    }

    /// Of what a member of a stream of counts counted for: in no other stream, of no other period, and nobody else's.
    static func part(of user: UserPseudonym, stream: [UInt8], closed: Int) -> [UInt8] {
        prefix("discreet.stream") + user.bytes + stream
            + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: closed >> $0) }
    }

    /// Of what is kept beside a user's events; which events is in the content.
    static func kept(of user: UserPseudonym, number: UInt32) -> [UInt8] {
        prefix("discreet.kept") + user.bytes
            + stride(from: UInt32(24), through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func segment(of user: UserPseudonym, number: UInt32, generation: UInt64) -> [UInt8] {
        place("discreet.segment", user, number, generation)
    }

    /// Of events of unknown items, which the head knows by the generation in which they were written.
    static func pending(of user: UserPseudonym, number: UInt32, generation: UInt64) -> [UInt8] {
        place("discreet.pending", user, number, generation)
    }

    private static func place(_ kind: String, _ user: UserPseudonym, _ number: UInt32, _ generation: UInt64) -> [UInt8]
    {
        var bytes = prefix(kind)
        bytes.append(contentsOf: user.bytes)
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: generation >> shift))
        }
        return bytes
    }

    /// Of the vault's own secrets: directory, whether its data are public, and the public key cannot be exchanged.
    static func secrets(directoryID: String, isPublicData: Bool, publicKey: [UInt8]) -> [UInt8] {
        prefix("discreet.secrets") + [isPublicData ? 1 : 0] + publicKey + Array(directoryID.utf8)
    }

    /// The same bytes for one user after another, written over in place: a cohort takes three of them a user.
    struct Places {
        private(set) var key = prefix("discreet.key") + [UInt8](repeating: 0, count: UserPseudonym.byteCount)
        private(set) var head = prefix("discreet.head") + [UInt8](repeating: 0, count: UserPseudonym.byteCount)
        private(set) var segment =
            prefix("discreet.segment") + [UInt8](repeating: 0, count: UserPseudonym.byteCount + 12)

        mutating func turn(to user: UserPseudonym) {
            user.write(to: &key, at: key.count - UserPseudonym.byteCount)
            user.write(to: &head, at: head.count - UserPseudonym.byteCount)
            user.write(to: &segment, at: segment.count - UserPseudonym.byteCount - 12)
        }

        /// Of the user turned to last.
        mutating func turn(toSegment entry: Head.Entry) {
            let start = segment.count - 12
            for index in 0..<4 {
                segment[start + index] = UInt8(truncatingIfNeeded: entry.number >> (24 - 8 * UInt32(index)))
            }
            for index in 0..<8 {
                segment[start + 4 + index] = UInt8(truncatingIfNeeded: entry.generation >> (56 - 8 * UInt64(index)))
            }
        }
    }

    private static func prefix(_ kind: String) -> [UInt8] { Array(kind.utf8) + [0, format] }
}
