// SPDX-License-Identifier: Apache-2.0

/// An opaque name that one part makes and others only compare.
public protocol OpaqueIdentifier: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The bytes in lower-case hexadecimal.
    var hex: String { get }
    init(hex: String)
}

extension OpaqueIdentifier {
    public var description: String { hex }

    public init(from decoder: any Decoder) throws {
        self.init(hex: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Names one run: one plan, reserved once.
public struct RunID: OpaqueIdentifier {
    public let hex: String
    public init(hex: String) { self.hex = hex }
}

/// BLAKE2b-256 of the pseudonyms of a run's members, ascending. Binds a grant to the users who pay for it.
public struct CohortDigest: OpaqueIdentifier {
    public let hex: String
    public init(hex: String) { self.hex = hex }
}

/// BLAKE2b-256 of the canonical policy under which a run was admitted.
public struct PolicyHash: OpaqueIdentifier {
    public let hex: String
    public init(hex: String) { self.hex = hex }
}

/// Which ledger made a grant. The vault opens histories only for the ledger of its own directory.
public enum LedgerID: Hashable, Sendable {
    /// The durable ledger of the data directory with this id.
    case directory(String)
    /// A ledger in memory, for stand-alone users of `DPMechanisms`. No vault accepts it.
    case memory(String)
}
