// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import TestSupport
import Testing

@testable import Records

/// Folders that somebody made to hurt: hashes and signature fit wherever the forger could make them fit.
struct HostileArtifactTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Writes the three files as given, with a certificate that fits them.
    private func artifact(model: String, tensors: [UInt8]) throws -> URL {
        let url = folder.file(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        let hashes: JSONValue = .object([
            "model": .string(Hex.encode(BLAKE2b.hash(text(model)))),
            "tensors": .string(Hex.encode(BLAKE2b.hash(tensors))),
        ])
        let certificate = try SignedDocument(signing: ["hashes": hashes], with: SigningKey(seed: sequence(32)))
        try Data(certificate.bytes).write(to: url.appendingPathComponent("certificate.json"))
        try Data(text(model)).write(to: url.appendingPathComponent("model.json"))
        try Data(tensors).write(to: url.appendingPathComponent("tensors.bin"))
        return url
    }

    private func reading(_ url: URL) -> RecordsError? { thrown { _ = try Artifact.read(url) } }

    /// 1, 2, 3, 4 and zeros to 64 bytes.
    private let four: [UInt8] =
        [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64] + [UInt8](repeating: 0, count: 48)
    private let table = #"[{"name":"a","offset":0,"shape":[2,2],"type":"float32"}]"#

    @Test("the forger's tools make good artifacts too, else the other tests would prove nothing")
    func goodOneIsRead() throws {
        let url = try artifact(model: #"{"tensors":\#(table)}"#, tensors: four)
        #expect(try Artifact.read(url).tensors == [NamedTensor(name: "a", shape: [2, 2], values: [1, 2, 3, 4])])
    }

    @Test(
        "tables that overlap, point elsewhere or claim too much are refused",
        arguments: [
            #"[{"name":"a","offset":64,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":"a","offset":-64,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":"a","offset":1,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":"a","offset":0.5,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[2,2],"type":"float32"},{"name":"b","offset":0,"shape":[2],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[2,2],"type":"float32"},{"name":"a","offset":64,"shape":[0],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[4294967296,4294967296],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[9007199254740992,9007199254740992,9007199254740992],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[1e300],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[281474976710656],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[1000000000000],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[-2,-2],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[2.5],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":["4"],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[1,1,1,1,1,1,1,1,4],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[2,2],"type":"float64"}]"#,
            #"[{"name":"a","offset":0,"shape":[2,2],"type":"float32","more":1}]"#,
            #"[{"name":"a","offset":0,"shape":[2,2]}]"#,
            #"[{"name":"../../etc/passwd","offset":0,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":"a\u0000b","offset":0,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":7,"offset":0,"shape":[2,2],"type":"float32"}]"#,
            #"[{"name":"a","offset":0,"shape":[17],"type":"float32"}]"#,
            "[1]", "[[]]", "{}", "null", "7",
        ])
    func refusesTable(table: String) throws {
        guard case .badArtifact = reading(try artifact(model: #"{"tensors":\#(table)}"#, tensors: four)) else {
            Issue.record("accepted")
            return
        }
    }

    @Test("many tensors are refused before the names are compared")
    func refusesManyTensors() throws {
        let row = #"{"name":"a","offset":0,"shape":[0],"type":"float32"}"#
        let table = "[" + [String](repeating: row, count: 1025).joined(separator: ",") + "]"
        let error = reading(try artifact(model: #"{"tensors":\#(table)}"#, tensors: []))
        #expect(error == .badArtifact(file: "model.json", reason: "more than 1024 tensors"))
    }

    @Test("models that are no object or no JSON are refused", arguments: ["", "[]", "{", "{}", "\u{0}", "[[[[", "NaN"])
    func refusesModel(model: String) throws {
        #expect(reading(try artifact(model: model, tensors: four)) != nil)
    }

    @Test(
        "a tensor file that is shorter or longer than its table says is refused unread",
        arguments: [
            0, 1, 16, 63, 65, 128, 1 << 20,
        ])
    func refusesLength(count: Int) throws {
        let bytes = Array((four + [UInt8](repeating: 0, count: 1 << 20)).prefix(count))
        let error = reading(try artifact(model: #"{"tensors":\#(table)}"#, tensors: bytes))
        #expect(error == .badArtifact(file: "tensors.bin", reason: "its length is wrong"))
    }

    @Test("a sparse file of a terabyte takes no memory: its length is compared first")
    func refusesHugeFiles() throws {
        for name in ["tensors.bin", "model.json", "certificate.json"] {
            let url = try artifact(model: #"{"tensors":\#(table)}"#, tensors: four)
            #expect(truncate(url.appendingPathComponent(name).path, 1 << 40) == 0)
            #expect(reading(url) == .badArtifact(file: name, reason: "its length is wrong"))
        }
    }

    @Test(
        "values that are not finite are refused, and so is anything in the gaps",
        arguments: [
            (0, [0, 0, 0xc0, 0x7f]), (4, [0, 0, 0x80, 0x7f]), (8, [0, 0, 0x80, 0xff]), (16, [1]), (63, [1]),
        ] as [(Int, [UInt8])])
    func refusesValues(offset: Int, bytes: [UInt8]) throws {
        var tensors = four
        tensors.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        guard
            case .badArtifact(file: "tensors.bin", _) =
                reading(try artifact(model: #"{"tensors":\#(table)}"#, tensors: tensors))
        else {
            Issue.record("accepted")
            return
        }
    }

    @Test("any bit of model or tensors changed after signing is noticed")
    func noticesEveryBit() throws {
        let model = #"{"tensors":\#(table)}"#
        for (name, bytes) in [("model.json", text(model)), ("tensors.bin", four)] {
            let url = try artifact(model: model, tensors: four)
            for bit in stride(from: 0, to: 8 * bytes.count, by: 5) {
                var forged = bytes
                forged[bit / 8] ^= 1 << (bit % 8)
                try Data(forged).write(to: url.appendingPathComponent(name))
                #expect(reading(url) == .badArtifact(file: name, reason: "its hash is not the certificate's"))
            }
        }
    }

    @Test("a certificate by another key is refused when a key is given")
    func checksTheSigner() throws {
        let url = try artifact(model: #"{"tensors":\#(table)}"#, tensors: four)
        let other = try SigningKey(seed: sequence(32, from: 5)).publicKey
        #expect(thrown { _ = try Artifact.read(url, publicKey: other) } == .badSignature)
    }

    @Test("links, folders and pipes in a file's place are refused, and missing files are named")
    func refusesOtherThings() throws {
        for name in ["certificate.json", "model.json", "tensors.bin"] {
            let url = try artifact(model: #"{"tensors":\#(table)}"#, tensors: four)
            let file = url.appendingPathComponent(name)
            try FileManager.default.removeItem(at: file)
            #expect(reading(url) == .notFound(file.path))
            #expect(mkfifo(file.path, 0o600) == 0)
            #expect(reading(url) == .badArtifact(file: name, reason: "not a regular file"))
            try FileManager.default.removeItem(at: file)
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
            #expect(reading(url) == .badArtifact(file: name, reason: "not a regular file"))
            try FileManager.default.removeItem(at: file)
            try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/dev/zero")
            #expect(reading(url) == .inputOutput(file.path))
        }
        #expect(reading(folder.file("nowhere")) == .notFound(folder.file("nowhere").path))
    }
}
