// SPDX-License-Identifier: Apache-2.0

/// What an operator decided: budgets, purposes and their lawful basis, bounds, retention. Public, all of it.
///
/// A value is always valid: it comes from YAML (`init(yaml:file:)`) or from JSON, and both refuse what is out of range.
public struct Policy: Hashable, Sendable {
    /// Lower-case letters, digits and hyphens.
    public let name: String
    /// `data: public`: no budget is enforced, and every report says PUBLIC DATA first.
    public let isPublicData: Bool
    /// The most that one account may ever spend; nil for public data, and only there.
    public let lifetime: Lifetime?
    /// Named budgets, each instead of `lifetime` for the users who are declared to be in it; empty where there are none.
    public let tiers: [String: Lifetime]
    /// What any `days` days in a row may cost an account, beside its lifetime; nil: no such bound.
    public let period: Period?
    /// The lawful basis of every purpose, by `PolicyPurpose.rawValue`.
    public let bases: [String: LawfulBasis]
    /// A public bound on the number of accounts that can ever take part.
    public let maxUsers: Int
    /// About how many accounts there are, if that is public; else it is counted first, and paid for.
    public let nominalUsers: Int?
    public let bounds: Bounds
    public let unknownItems: UnknownItems
    public let extraColumns: ExtraColumns
    /// Names of columns of events that are kept though they have no role: ascending, at most 16.
    public let keepColumns: [String]
    public let tombstone: Tombstone
    public let runs: Runs
    /// nil: there are none.
    public let keys: KeyRules?

    /// A lifetime budget: every account is (`epsilon`, `delta`)-differentially private against all runs together.
    public struct Lifetime: Hashable, Codable, Sendable {
        public let epsilon: ExactDecimal
        public let delta: ExactDecimal
    }

    /// A period's budget: (`epsilon`, `delta`) over any `days` days in a row.
    public struct Period: Hashable, Codable, Sendable {
        public let days: Int
        public let epsilon: ExactDecimal
        public let delta: ExactDecimal
    }

    /// How much of one person a run may use.
    public struct Bounds: Hashable, Codable, Sendable {
        /// Most distinct items of one person.
        public let maxItemsPerUser: Int
    }

    /// What stays of an erased person, how long, and why that is lawful.
    public struct Tombstone: Hashable, Codable, Sendable {
        public let years: Int
        public let basis: TombstoneBasis
    }

    /// What is asked of the master key.
    public struct KeyRules: Hashable, Codable, Sendable {
        /// After how many days it is due to be rotated. A reminder, no bound on runs.
        public let rotateDays: Int
    }

    /// What a run gets that does not say its own.
    public struct Runs: Hashable, Codable, Sendable {
        public let epsilon: ExactDecimal
        public let delta: ExactDecimal
    }

    /// The lawful basis of a purpose.
    public func basis(for purpose: PolicyPurpose) -> LawfulBasis {
        bases[purpose.rawValue] ?? .consent  // every valid policy names all four; consent is the strictest
    }
}

/// The stable form that the policy's hash is taken of. Decoding checks as parsing does.
extension Policy: Codable {
    private enum Keys: String, CodingKey {
        case version, name, data, lifetime, tiers, period, bases, maxUsers, nominalUsers, bounds, unknownItems,
            extraColumns, keepColumns, tombstone, runs, keys
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "policy version \(version) is not known")
        }
        name = try container.decode(String.self, forKey: .name)
        isPublicData = try container.decode(DataKind.self, forKey: .data) == .public
        lifetime = try container.decodeIfPresent(Lifetime.self, forKey: .lifetime)
        tiers = try container.decodeIfPresent([String: Lifetime].self, forKey: .tiers) ?? [:]
        period = try container.decodeIfPresent(Period.self, forKey: .period)
        bases = try container.decode([String: LawfulBasis].self, forKey: .bases)
        maxUsers = try container.decode(Int.self, forKey: .maxUsers)
        nominalUsers = try container.decodeIfPresent(Int.self, forKey: .nominalUsers)
        bounds = try container.decode(Bounds.self, forKey: .bounds)
        unknownItems = try container.decode(UnknownItems.self, forKey: .unknownItems)
        extraColumns = try container.decodeIfPresent(ExtraColumns.self, forKey: .extraColumns) ?? .ignore
        keepColumns = try container.decodeIfPresent([String].self, forKey: .keepColumns) ?? []
        tombstone = try container.decode(Tombstone.self, forKey: .tombstone)
        runs = try container.decode(Runs.self, forKey: .runs)
        keys = try container.decodeIfPresent(KeyRules.self, forKey: .keys)
        if let fault = PolicyRules.fault(of: self) {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(fault.key): \(fault.allowed)"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(name, forKey: .name)
        try container.encode(isPublicData ? DataKind.public : .private, forKey: .data)
        try container.encodeIfPresent(lifetime, forKey: .lifetime)
        // Only where there are any: the hash of a policy without them is what it always was.
        if !tiers.isEmpty { try container.encode(tiers, forKey: .tiers) }
        try container.encodeIfPresent(period, forKey: .period)
        try container.encode(bases, forKey: .bases)
        try container.encode(maxUsers, forKey: .maxUsers)
        try container.encodeIfPresent(nominalUsers, forKey: .nominalUsers)
        try container.encode(bounds, forKey: .bounds)
        try container.encode(unknownItems, forKey: .unknownItems)
        // Left out where it is the default, so that policies keep the hash that they had before there was such a key.
        if extraColumns != .ignore { try container.encode(extraColumns, forKey: .extraColumns) }
        if !keepColumns.isEmpty { try container.encode(keepColumns, forKey: .keepColumns) }
        try container.encode(tombstone, forKey: .tombstone)
        try container.encode(runs, forKey: .runs)
        try container.encodeIfPresent(keys, forKey: .keys)
    }

    /// The format of policies that this program reads.
    static let version = 1
}

/// Whose data a directory holds.
enum DataKind: String, CaseIterable, Codable {
    case `private`, `public`
}
