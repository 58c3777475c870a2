// SPDX-License-Identifier: Apache-2.0

/// A released array of Floats, row-major.
public struct NamedTensor: Equatable, Sendable {
    /// 1 to 64 of a-z, A-Z, 0-9, `.`, `_`, `-`. Never a path.
    public let name: String
    /// Up to eight sizes, none negative; empty for a single number.
    public let shape: [Int]
    /// As many as the product of `shape`, all finite.
    public let values: [Float]

    public init(name: String, shape: [Int], values: [Float]) {
        (self.name, self.shape, self.values) = (name, shape, values)
    }
}

/// Fingerprints of an artifact's two data files: BLAKE2b-256, 64 lower-case hexadecimal digits.
public struct ArtifactHashes: Hashable, Codable, Sendable {
    /// Of `model.json`.
    public let model: String
    /// Of `tensors.bin`.
    public let tensors: String

    public init(model: String, tensors: String) { (self.model, self.tensors) = (model, tensors) }
}

/// All that an artifact holds.
public struct ArtifactContent: Equatable, Sendable {
    /// The certificate; its `hashes` are those of `Artifact.hashes(model:tensors:)`.
    public let certificate: SignedDocument
    /// An object without a member `tensors`, which the file adds.
    public let model: JSONValue
    public let tensors: [NamedTensor]

    public init(certificate: SignedDocument, model: JSONValue, tensors: [NamedTensor]) {
        (self.certificate, self.model, self.tensors) = (certificate, model, tensors)
    }

    /// The tensor of that name.
    public func tensor(_ name: String) -> NamedTensor? { tensors.first { $0.name == name } }
}
