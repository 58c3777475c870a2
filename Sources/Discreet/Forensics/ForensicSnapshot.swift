// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import Foundation
import Records

/// What a drill looks for after an erasure: the user's id, their history in clear, their sealed rows, their wrapped key.
///
/// Taken before the erasure and kept outside the data directory. Whoever has it defeats the erasure: for drills alone.
public struct ForensicSnapshot: Codable, Sendable {
    struct Needle: Codable {
        let what: String
        let hex: String
    }
    let user: String
    let wrappedKey: String
    /// The newest generation of the user's rows.
    let generation: Int
    let needles: [Needle]

    init(user: String, wrappedKey: [UInt8], generation: UInt64, needles: [(what: String, bytes: [UInt8])]) {
        self.user = user
        self.wrappedKey = Hex.encode(wrappedKey)
        self.generation = Int(clamping: generation)
        self.needles = needles.map { Needle(what: $0.what, hex: Hex.encode($0.bytes)) }
    }

    /// Reads a snapshot that `write` made.
    public init(contentsOf file: URL) throws(DiscreetError) {
        self = try facade {
            guard let data = try? Data(contentsOf: file) else {
                throw DiscreetError(.notFound, "Cannot read the snapshot (\(file.path))", hint: "Check the path.")
            }
            return try JSONValue.parse(Array(data)).decode(ForensicSnapshot.self)
        }
    }

    /// Writes the snapshot to a new file, 0600.
    public func write(to file: URL) throws(DiscreetError) {
        try facade {
            guard !FileManager.default.fileExists(atPath: file.path) else {
                throw DiscreetError(.exists, "The file exists (\(file.path))", hint: "Name another one.")
            }
            let text = String(decoding: try CanonicalJSON.bytes(JSONValue(encoding: self)), as: UTF8.self)
            try DurableFile.write(text, to: file)
        }
    }
}

/// What a drill found.
public struct ForensicReport: Encodable, Sendable {
    public struct Finding: Encodable, Hashable, Sendable {
        public let file: String
        public let what: String
    }
    /// How many files were read, every byte of each.
    public let files: Int
    public let bytes: Int
    /// How many pieces of 16 bytes were looked for.
    public let needles: Int
    /// How many of them were there, and rows that still open under the old key.
    public let found: Int
    public let findings: [Finding]
}
