// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What a command answered.
struct Outcome {
    let code: Int32
    /// Ended by a signal that it did not handle.
    let wasKilled: Bool
    let output: Data
    let error: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// Standard output as exactly one JSON object and one line feed.
    func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONObject {
        #expect(output.last == UInt8(ascii: "\n"), "no line feed at the end", sourceLocation: sourceLocation)
        #expect(!output.dropLast().contains(UInt8(ascii: "\n")), "more than a line", sourceLocation: sourceLocation)
        // JSONSerialization refuses anything behind the first document.
        let value = try JSONSerialization.jsonObject(with: output)
        return JSONObject(try #require(value as? [String: Any], sourceLocation: sourceLocation))
    }
}

/// An object read from JSON, by path.
struct JSONObject {
    let members: [String: Any]
    init(_ members: [String: Any]) { self.members = members }

    func text(_ path: String...) -> String? { value(path) as? String }
    func number(_ path: String...) -> Double? { (value(path) as? NSNumber)?.doubleValue }
    func integer(_ path: String...) -> Int? { (value(path) as? NSNumber)?.intValue }
    func flag(_ path: String...) -> Bool? { value(path) as? Bool }
    func objects(_ path: String...) -> [JSONObject] {
        (value(path) as? [[String: Any]] ?? []).map(JSONObject.init)
    }

    private func value(_ path: [String]) -> Any? {
        path.reduce(members as Any?) { ($0 as? [String: Any])?[$1] }
    }
}
