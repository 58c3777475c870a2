// SPDX-License-Identifier: Apache-2.0

/// The command line of a client of a KMS, as it stands in `discreet.yaml`.
///
/// Words are divided by spaces; there are no quotes and no escapes, and no shell reads it: what needs more is a script of the operator's.
public struct KeyCommand: Equatable, Sendable {
    public let text: String

    /// What a command line may be, for messages.
    public static let allowed =
        "an absolute path and words of letters, digits and - _ . / = , + : divided by spaces, none with : at its end"

    /// nil unless `text` is `allowed`, of at most 1024 bytes.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard text.utf8.count <= 1024, text.utf8.allSatisfy(Self.isPlain), words.first?.hasPrefix("/") == true,
            !words.contains(where: { $0.hasSuffix(":") })
        else { return nil }
        self.text = words.joined(separator: " ")
    }

    /// The program, then its arguments.
    public var words: [String] { text.split(separator: " ").map(String.init) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_./=,+: ".utf8.contains(byte)
        }
    }
}
