// SPDX-License-Identifier: Apache-2.0

/// What a check of the charges found. Public: names of runs and entries, never a user or a count of them.
public struct ChargeReport: Hashable, Sendable {
    /// How many reservations were recomputed.
    public let charges: Int
    /// One sentence each; none when all is well.
    public let differences: [String]
    /// Charges that could be checked by less than the others, and by what; no fault. One sentence each.
    public let notes: [String]
    public var isOK: Bool { differences.isEmpty }
}

/// What a check of the log's chain found. Public.
public struct ChainReport: Hashable, Sendable {
    /// How many entries the log has.
    public let entries: Int
    /// One sentence each; none when all is well.
    public let differences: [String]
    public var isOK: Bool { differences.isEmpty }
}
