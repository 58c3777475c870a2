// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A JSON object with the signer's public key and an Ed25519 signature over all of it but the signature.
///
/// The signature covers the canonical bytes of `body`. Whom to believe is the reader's business: the key comes from the
/// data directory or from `--public-key`, never from the document, whose own `publicKey` only says which key to look for.
public struct SignedDocument: Equatable, Sendable {
    /// The object that is signed, `publicKey` included, `signature` not.
    public let body: JSONValue
    /// 128 lower-case hexadecimal digits.
    public let signature: String

    /// Signs `body`.
    /// - Throws: `.notSignable` unless it is an object without `publicKey` and `signature`; what `CanonicalJSON` throws.
    public init(signing body: JSONValue, with key: borrowing SigningKey) throws(RecordsError) {
        guard case .object(var members) = body, members["publicKey"] == nil, members["signature"] == nil else {
            throw .notSignable
        }
        members["publicKey"] = .string(Hex.encode(key.publicKey))
        self.body = .object(members)
        signature = Hex.encode(key.sign(try CanonicalJSON.bytes(self.body)))
    }

    /// Signs the record that `value` encodes to.
    public init(signing value: some Encodable, with key: borrowing SigningKey) throws(RecordsError) {
        try self.init(signing: try JSONValue(encoding: value), with: key)
    }

    /// Reads a document; says nothing yet about its signature. One newline at the end is allowed.
    /// - Throws: `.invalidJSON`; `.notCanonical` if any byte is other than we write it; `.doesNotFit`.
    public init(parsing bytes: [UInt8]) throws(RecordsError) {
        let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        let document = try JSONValue.parse(Array(text))
        guard try CanonicalJSON.bytes(document).elementsEqual(text) else { throw .notCanonical }
        guard case .object(var members) = document else { throw .doesNotFit(field: "(document)") }
        guard case .string(let signature) = members.removeValue(forKey: "signature") else {
            throw .doesNotFit(field: "signature")
        }
        guard members["publicKey"]?.stringValue != nil else { throw .doesNotFit(field: "publicKey") }
        body = .object(members)
        self.signature = signature
    }

    /// Whether the owner of `publicKey` signed exactly this document, and the document names that key.
    public func isValid(publicKey: [UInt8]) -> Bool {
        guard body["publicKey"]?.stringValue == Hex.encode(publicKey), let bytes = try? CanonicalJSON.bytes(body),
            let signature = Hex.decode(signature), Hex.encode(signature) == self.signature
        else { return false }
        return Signature.isValid(signature, of: bytes, publicKey: publicKey)
    }

    /// The record, once the signature is found valid.
    /// - Throws: `.badSignature`; `.doesNotFit`.
    public func verified<T: Decodable>(as type: T.Type, publicKey: [UInt8]) throws(RecordsError) -> T {
        guard isValid(publicKey: publicKey) else { throw .badSignature }
        return try body.decode(type)
    }

    /// The record as it stands, whoever signed it.
    public func decode<T: Decodable>(_ type: T.Type) throws(RecordsError) -> T { try body.decode(type) }

    /// The whole document with its signature.
    public var document: JSONValue {
        var members = body.objectValue ?? [:]
        members["signature"] = .string(signature)
        return .object(members)
    }

    /// The canonical bytes of the document: what a file holds, without a newline.
    public var bytes: [UInt8] {
        // Both ways in wrote the canonical form of `body` once already; a string more changes nothing in that.
        (try? CanonicalJSON.bytes(document)) ?? []
    }
}
