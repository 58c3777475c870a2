// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import TestSupport
import Testing

@testable import Records

struct ArtifactTests {
    let folder: TemporaryDirectory
    let tensors = [
        NamedTensor(name: "itemFactors", shape: [3, 5], values: (0..<15).map { Float($0) * -0.25 }),
        NamedTensor(name: "empty", shape: [0, 7], values: []),
        NamedTensor(name: "scalar", shape: [], values: [.leastNonzeroMagnitude]),
        NamedTensor(name: "full.line_-", shape: [16], values: [Float](repeating: .greatestFiniteMagnitude, count: 16)),
    ]
    let model: JSONValue = ["kind": "mf", "rank": 5]

    init() throws { folder = try TemporaryDirectory() }

    private func content(_ model: JSONValue, _ tensors: [NamedTensor]) throws -> ArtifactContent {
        let hashes = try JSONValue(encoding: Artifact.hashes(model: model, tensors: tensors))
        let certificate = try SignedDocument(signing: ["hashes": hashes], with: SigningKey(seed: sequence(32)))
        return ArtifactContent(certificate: certificate, model: model, tensors: tensors)
    }

    private func mode(_ url: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue & 0o7777
    }

    @Test("what was written is read back bit for bit, from files that are the owner's alone")
    func roundTrips() throws {
        let url = folder.file("models/mf-1")
        let content = try content(model, tensors)
        try Artifact.write(content, to: url)
        let key = try SigningKey(seed: sequence(32))
        #expect(try Artifact.read(url, publicKey: key.publicKey) == content)
        #expect(try Artifact.read(url).tensor("scalar")?.values == [.leastNonzeroMagnitude])
        #expect(try mode(url) == 0o700)
        let files = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
        #expect(files == ["certificate.json", "model.json", "tensors.bin"])
        for file in files { #expect(try mode(url.appendingPathComponent(file)) == 0o600) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("models").path) == ["mf-1"])
    }

    @Test("tensors are little-endian at multiples of 64 bytes, in the order given")
    func hasTheStatedLayout() throws {
        let url = folder.file("a")
        try Artifact.write(try content(model, tensors), to: url)
        let bytes = [UInt8](try Data(contentsOf: url.appendingPathComponent("tensors.bin")))
        #expect(bytes.count == 192)
        // −0.25 is 0xbe800000, the second value of the first tensor; the scalar is the least subnormal.
        #expect(Array(bytes[4..<8]) == [0, 0, 0x80, 0xbe] && Array(bytes[64..<68]) == [1, 0, 0, 0])
        let model = try JSONValue.parse([UInt8](try Data(contentsOf: url.appendingPathComponent("model.json"))))
        #expect(model["tensors"]?.arrayValue?.map { $0["offset"] } == [0, 64, 64, 128])
        #expect(
            model["tensors"]?.arrayValue?.first
                == ["name": "itemFactors", "offset": 0, "shape": [3, 5], "type": "float32"])
    }

    @Test("an artifact never replaces what is there: folder, file, link")
    func neverOverwrites() throws {
        let content = try content(model, tensors)
        let url = folder.file("a")
        try Artifact.write(content, to: url)
        #expect(thrown { try Artifact.write(content, to: url) } == .exists(url.path))
        let file = folder.file("file")
        try Data("precious".utf8).write(to: file)
        #expect(thrown { try Artifact.write(content, to: file) } == .exists(file.path))
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: folder.file("x").path)
        #expect(thrown { try Artifact.write(content, to: link) } == .exists(link.path))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "file", "link"])
    }

    @Test(
        "contents that break the format are not written, and nothing stays of them",
        arguments: [
            NamedTensor(name: "../escape", shape: [1], values: [1]), NamedTensor(name: "", shape: [1], values: [1]),
            NamedTensor(name: "a/b", shape: [1], values: [1]), NamedTensor(name: "é", shape: [1], values: [1]),
            NamedTensor(name: String(repeating: "a", count: 65), shape: [1], values: [1]),
            NamedTensor(name: "scalar", shape: [1], values: [1]), NamedTensor(name: "a", shape: [2], values: [1]),
            NamedTensor(name: "a", shape: [-1], values: []), NamedTensor(name: "a", shape: [-1, -1], values: [1]),
            NamedTensor(name: "a", shape: [.max, .max], values: [1]),
            NamedTensor(name: "a", shape: [1 << 32, 1 << 32], values: []),
            NamedTensor(name: "a", shape: [Int](repeating: 1, count: 9), values: [1]),
            NamedTensor(name: "a", shape: [1], values: [.nan]), NamedTensor(name: "a", shape: [1], values: [.infinity]),
        ])
    func refusesBadTensors(tensor: NamedTensor) throws {
        guard case .badArtifact = thrown({ _ = try Artifact.hashes(model: model, tensors: tensors + [tensor]) }) else {
            Issue.record("accepted")
            return
        }
        let content = ArtifactContent(
            certificate: try content(model, tensors).certificate, model: model, tensors: tensors + [tensor])
        #expect(thrown { try Artifact.write(content, to: folder.file("a")) } != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("a certificate of another model is not written beside this one")
    func refusesOtherCertificate() throws {
        let other = try content(["kind": "other"], tensors).certificate
        let content = ArtifactContent(certificate: other, model: model, tensors: tensors)
        guard case .badArtifact = thrown({ try Artifact.write(content, to: folder.file("a")) }) else {
            Issue.record("accepted")
            return
        }
        let bare = try SignedDocument(signing: ["kind": "mf"], with: SigningKey(seed: sequence(32)))
        let without = ArtifactContent(certificate: bare, model: model, tensors: tensors)
        #expect(thrown { try Artifact.write(without, to: folder.file("a")) } == .doesNotFit(field: "hashes"))
        #expect(thrown { _ = try Artifact.hashes(model: ["tensors": 1], tensors: []) } == .notSignable)
        #expect(thrown { _ = try Artifact.hashes(model: [1], tensors: []) } == .notSignable)
    }

    @Test("an artifact without tensors is one")
    func takesNoTensors() throws {
        let content = try content(model, [])
        try Artifact.write(content, to: folder.file("a"))
        #expect(try Artifact.read(folder.file("a")) == content)
    }
}
