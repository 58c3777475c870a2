// SPDX-License-Identifier: Apache-2.0

/// Why a policy was refused. Policies are public, so messages may quote them.
public enum PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in which file.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public let file: String
        /// Counted from 1.
        public let line: Int

        public init(file: String, line: Int) { (self.file, self.line) = (file, line) }

        public var description: String { "\(file):\(line)" }
    }

    /// The text is not YAML, or uses what a policy has no place for.
    case unreadable(Place, problem: String)
    /// A key that means nothing: likely a misspelt one.
    case unknownKey(Place, key: String, allowed: [String])
    /// The key stands a second time, at `Place`; first at line `first`.
    case duplicateKey(Place, key: String, first: Int)
    /// A key that must be there is not.
    case missingKey(Place, key: String, allowed: String)
    /// The value is not one of those allowed.
    case badValue(Place, key: String, found: String, allowed: String)

    public var place: Place {
        switch self {
        case .unreadable(let place, _), .unknownKey(let place, _, _), .duplicateKey(let place, _, _),
            .missingKey(let place, _, _), .badValue(let place, _, _, _):
            place
        }
    }

    /// The key in question, dotted ("lifetime.epsilon"); nil if the text could not be read at all.
    public var key: String? {
        switch self {
        case .unreadable: nil
        case .unknownKey(_, let key, _), .duplicateKey(_, let key, _), .missingKey(_, let key, _),
            .badValue(_, let key, _, _):
            key
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let place, let problem): "\(place): \(problem)."
        case .unknownKey(let place, let key, let allowed):
            "\(place): unknown key \(key). Allowed here: \(allowed.joined(separator: ", "))."
        case .duplicateKey(let place, let key, let first):
            "\(place): key \(key) stands twice (first in line \(first)). Keep one."
        case .missingKey(let place, let key, let allowed): "\(place): key \(key) is missing. Give \(allowed)."
        case .badValue(let place, let key, let found, let allowed):
            "\(place): \(key) is \(found.isEmpty ? "empty" : "\"\(found)\""). Give \(allowed)."
        }
    }
}
