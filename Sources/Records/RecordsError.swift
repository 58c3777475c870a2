// SPDX-License-Identifier: Apache-2.0

/// Why a record could not be read, written or believed. Cases hold paths, field names and offsets, never values.
public enum RecordsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not the JSON that we accept.
    case invalidJSON(offset: Int, reason: JSONFault)
    /// A number is NaN or infinite, which JSON cannot say.
    case notFinite
    /// An integer lies beyond ±2⁵³, where other languages' numbers end.
    case integerTooLarge
    /// The record has other fields than its format; the path of the first that does not fit.
    case doesNotFit(field: String)
    /// The document is JSON, but not in the one form that can be signed (RFC 8785).
    case notCanonical
    /// The document is no object, or one with `publicKey` or `signature` before it was signed.
    case notSignable
    /// The signature is not the key owner's over this document.
    case badSignature
    /// The log's chain breaks at this entry.
    case brokenChain(index: Int)
    /// Nothing is at this path.
    case notFound(String)
    /// Something is at this path already; it is left as it is.
    case exists(String)
    /// The folder is no artifact that we may load: which file, and what is wrong.
    case badArtifact(file: String, reason: String)
    /// The system would not read or write; path and reason.
    case inputOutput(String)

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .invalidJSON(let offset, let reason):
            "Byte \(offset) of the document is not acceptable JSON (\(reason.rawValue)): fetch the document again."
        case .notFinite: "A number is not finite: write infinity as the string \"infinity\"."
        case .integerTooLarge: "An integer beyond 2^53 cannot be a JSON number: write it as a string."
        case .doesNotFit(let field): "The record does not fit its format at \(field): check its kind and version."
        case .notCanonical: "The document is not in canonical form (RFC 8785): take the file as it was issued."
        case .notSignable: "Only an object without publicKey and signature can be signed: remove those members."
        case .badSignature: "The signature does not fit: check --public-key, then fetch the document again."
        case .brokenChain(let index): "The log was changed at or before entry \(index): compare it with a kept head."
        case .notFound(let path): "Nothing is at \(path): check the path."
        case .exists(let path): "\(path) exists and was left as it is: choose another name."
        case .badArtifact(let file, let reason):
            "\(file) of the artifact is not usable (\(reason)): restore the folder."
        case .inputOutput(let what): "Cannot read or write \(what): check permissions and free space."
        }
    }
}

/// What is wrong with a JSON text.
public enum JSONFault: String, Sendable {
    case unexpectedEnd = "it ends too early"
    case unexpectedByte = "a byte that does not belong there"
    case trailingBytes = "something follows the value"
    case tooDeep = "nested more than 64 deep"
    case duplicateKey = "a name occurs twice in one object"
    case badNumber = "not a number of JSON's grammar, or out of range"
    case inexactInteger = "an integer beyond 2^53 that a Double cannot hold"
    case badEscape = "an escape that JSON does not know"
    case loneSurrogate = "half of a surrogate pair"
    case controlCharacter = "a control character that is not escaped"
    case invalidUTF8 = "not UTF-8"
}
