// SPDX-License-Identifier: Apache-2.0

/// The one error that leaves the facade: what went wrong, where, and what to do next. It never holds a private value.
public struct DiscreetError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of failure that a script can tell apart, with the exit code of each.
    public enum Code: String, Sendable {
        case verificationFailed = "verification-failed"
        case usage
        case badData = "bad-data"
        case notFound = "not-found"
        case internalError = "internal"
        case exists
        case io = "input-output"
        case busy
        case refused
        case badConfiguration = "bad-configuration"

        /// The exit code of the command line (CONTRACT, after sysexits.h).
        public var exitCode: Int32 {
            switch self {
            case .verificationFailed: 1
            case .usage: 64
            case .badData: 65
            case .notFound: 66
            case .internalError: 70
            case .exists: 73
            case .io: 74
            case .busy: 75
            case .refused: 77
            case .badConfiguration: 78
            }
        }
    }

    public let code: Code
    /// What went wrong and where.
    public let message: String
    /// What to do next.
    public let hint: String

    public init(_ code: Code, _ message: String, hint: String) {
        (self.code, self.message, self.hint) = (code, message, hint)
    }

    public var description: String { "\(message). \(hint)" }
}
