// SPDX-License-Identifier: Apache-2.0

import Foundation
import Records

/// A report as the one JSON document that `--json` promises.
enum JSONDocument {
    /// UTF-8 with one trailing newline, in canonical form (RFC 8785): a certificate inside can be cut out and verified.
    static func bytes(of report: some Encodable) throws -> Data {
        var bytes = escapingTerminalControls(Data(try CanonicalJSON.bytes(try JSONValue(encoding: report))))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// The same content, indented, for people; made harmless for a terminal line by line.
    static func readable(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        let bytes = (try? encoder.encode(value)) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .map { "  " + DisplayText.escaped(String($0)) }.joined(separator: "\n")
    }

    /// DEL and U+0080 to U+009F as `\u00xx`: JSON allows them as they are, but a terminal may obey them.
    /// Both forms are the same string to every parser.
    static func escapingTerminalControls(_ json: Data) -> Data {
        guard json.contains(where: { $0 == 0x7F || $0 == 0xC2 }) else { return json }
        var escaped = Data(capacity: json.count + 16)
        var isAfterC2 = false
        for byte in json {
            switch (isAfterC2, byte) {
            case (true, 0x80...0x9F): escaped.append(contentsOf: escape(byte))
            case (true, _): escaped.append(contentsOf: [0xC2, byte])
            case (false, 0x7F): escaped.append(contentsOf: escape(byte))
            case (false, 0xC2): break
            case (false, _): escaped.append(byte)
            }
            isAfterC2 = !isAfterC2 && byte == 0xC2
        }
        return escaped
    }

    private static func escape(_ scalar: UInt8) -> [UInt8] {
        Array("\\u00\(String(scalar, radix: 16))".utf8)
    }
}
