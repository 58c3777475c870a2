// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation

/// A file whose first line is a passphrase. While a rotation is under way the file that takes its place has a second line, which says the
/// salt that belongs to the new passphrase: so the two change places in one step.
enum PassphraseFile {
    private static let label = Array("salt: ".utf8)
    private static let lineEnds: Set<UInt8> = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]

    /// All bytes of the file; to be erased by the caller.
    /// - Throws: `DiscreetError`: not to be read, or by others too; fewer than 12 bytes in its first line.
    static func read(_ file: URL) throws(DiscreetError) -> [UInt8] {
        let mode = try? FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        guard (mode ?? 0) & 0o077 == 0 else {
            throw DiscreetError(
                .badConfiguration, "Others may read the passphrase file (\(file.path))",
                hint: "Run chmod 600 \(file.path).")
        }
        guard var text = try? Data(contentsOf: file) else {
            throw DiscreetError(
                .notFound, "Cannot read the passphrase file (\(file.path))", hint: "Check the path and its permissions."
            )
        }
        defer { text.resetBytes(in: text.startIndex..<text.endIndex) }
        var content = Array(text)
        guard length(of: content) >= 12 else {
            ConstantTime.erase(&content)
            throw DiscreetError(
                .badConfiguration, "The passphrase has fewer than 12 bytes (\(file.path):1)",
                hint: "Choose a longer one: five random words do.")
        }
        return content
    }

    /// The first line of the file, without its end.
    static func passphrase(in file: URL) throws(DiscreetError) -> [UInt8] {
        var content = try read(file)
        defer { ConstantTime.erase(&content) }
        return passphrase(of: content)
    }

    /// The first line, without its end.
    static func passphrase(of content: [UInt8]) -> [UInt8] { Array(content.prefix(length(of: content))) }

    /// What the second line says, nil if it says nothing of the kind: then `discreet.yaml` does.
    static func salt(of content: [UInt8]) -> [UInt8]? {
        let rest = content.dropFirst(length(of: content))
        guard rest.first == UInt8(ascii: "\n"), rest.dropFirst().starts(with: label) else { return nil }
        let line = rest.dropFirst(1 + label.count).prefix { !lineEnds.contains($0) }
        guard line.count == 32 else { return nil }
        return Hex.decode(String(decoding: line, as: UTF8.self))
    }

    /// - Parameter salt: nil for a file without a second line.
    static func content(_ passphrase: [UInt8], salt: [UInt8]?) -> [UInt8] {
        let end = [UInt8(ascii: "\n")]
        return passphrase + end + (salt.map { label + Array(Hex.encode($0).utf8) + end } ?? [])
    }

    private static func length(of content: [UInt8]) -> Int {
        content.firstIndex { lineEnds.contains($0) } ?? content.count
    }
}
