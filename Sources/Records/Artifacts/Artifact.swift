// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import Foundation

/// A released model on disk: a folder of `certificate.json`, `model.json` and `tensors.bin`.
///
/// `tensors.bin` holds little-endian float32, each tensor at a multiple of 64 bytes; `model.json` has the table of
/// names, shapes and offsets; the certificate holds the BLAKE2b-256 of both.
public enum Artifact {
    public static let certificateFile = "certificate.json"
    public static let modelFile = "model.json"
    public static let tensorsFile = "tensors.bin"
    /// A folder whose name begins so is being written, or was when its writer died: no artifact.
    public static let temporaryPrefix = ".tmp-"

    /// What the certificate has to say about these contents.
    /// - Throws: `.badArtifact` if a tensor is not what `NamedTensor` asks; `.notSignable` if `model` is no plain object.
    public static func hashes(model: JSONValue, tensors: [NamedTensor]) throws(RecordsError) -> ArtifactHashes {
        try encode(model, tensors).hashes
    }

    /// Writes the artifact to the new folder `folder`: all of it or nothing, durable when this returns. 0700, files 0600.
    /// - Throws: `.exists`; `.badArtifact` if the certificate has other hashes or a tensor does not fit; `.inputOutput`.
    public static func write(_ content: ArtifactContent, to folder: URL) throws(RecordsError) {
        let encoded = try encode(content.model, content.tensors)
        guard try statedHashes(content.certificate) == encoded.hashes else {
            throw .badArtifact(file: certificateFile, reason: "it holds other hashes than the model has")
        }
        try ArtifactFolder.create(
            folder,
            [
                (modelFile, encoded.model), (tensorsFile, encoded.tensors),
                (certificateFile, content.certificate.bytes),
            ])
    }

    /// Reads an artifact. Sizes are compared before memory is taken for them; both hashes must be the certificate's.
    /// - Parameter publicKey: If given, the certificate must be signed by its owner. Without it nobody has vouched.
    /// - Throws: `.notFound`, `.badArtifact`, `.badSignature`, `.inputOutput`, or what the documents' parsing throws.
    public static func read(_ folder: URL, publicKey: [UInt8]? = nil) throws(RecordsError) -> ArtifactContent {
        let files = try ArtifactFolder(opening: folder)
        let certificate = try SignedDocument(parsing: try files.read(certificateFile, atMost: 16 << 20))
        if let publicKey, !certificate.isValid(publicKey: publicKey) { throw .badSignature }
        let hashes = try statedHashes(certificate)
        let modelBytes = try files.read(modelFile, atMost: 1 << 30)
        guard Hex.encode(BLAKE2b.hash(modelBytes)) == hashes.model else {
            throw .badArtifact(file: modelFile, reason: "its hash is not the certificate's")
        }
        guard case .object(var model) = try JSONValue.parse(modelBytes) else {
            throw .badArtifact(file: modelFile, reason: "no object")
        }
        let table = try TensorTable(json: model.removeValue(forKey: "tensors"))
        let bytes = try files.read(tensorsFile, exactly: table.length)
        guard Hex.encode(BLAKE2b.hash(bytes)) == hashes.tensors else {
            throw .badArtifact(file: tensorsFile, reason: "its hash is not the certificate's")
        }
        return ArtifactContent(
            certificate: certificate, model: .object(model), tensors: try TensorCoding.tensors(in: bytes, table))
    }

    private static func statedHashes(_ certificate: SignedDocument) throws(RecordsError) -> ArtifactHashes {
        guard let hashes = certificate.body["hashes"] else { throw .doesNotFit(field: "hashes") }
        return try hashes.decode(ArtifactHashes.self)
    }

    private static func encode(
        _ model: JSONValue, _ tensors: [NamedTensor]
    ) throws(RecordsError) -> (model: [UInt8], tensors: [UInt8], hashes: ArtifactHashes) {
        guard case .object(var members) = model, members["tensors"] == nil else { throw .notSignable }
        let table = try TensorTable(tensors.map { ($0.name, $0.shape) })
        members["tensors"] = table.json
        let modelBytes = try CanonicalJSON.bytes(.object(members))
        let tensorBytes = try TensorCoding.bytes(of: tensors, table)
        let hashes = ArtifactHashes(
            model: Hex.encode(BLAKE2b.hash(modelBytes)), tensors: Hex.encode(BLAKE2b.hash(tensorBytes)))
        return (modelBytes, tensorBytes, hashes)
    }
}
