// SPDX-License-Identifier: Apache-2.0

/// Why a purpose is lawful (GDPR article 6, as far as a recommender needs it).
public enum LawfulBasis: String, CaseIterable, Codable, Sendable {
    /// Only who has said yes.
    case consent
    /// Needed for the service that the person asked for.
    case contract
    /// Everybody but who has objected.
    case legitimateInterest = "legitimate-interest"
}

/// Why a tombstone may stay after its person was erased. Consent cannot be: it went with the person.
public enum TombstoneBasis: String, CaseIterable, Codable, Sendable {
    case legitimateInterest = "legitimate-interest"
    case legalObligation = "legal-obligation"
}

/// What a policy decides about: the purposes of `Interactions.Purpose`, under the same names.
public enum PolicyPurpose: String, CaseIterable, Codable, Sendable {
    case serve, train, statistics, attributes
}

/// What happens to columns of events that no role is given to, and that are not kept by name (`Policy.keepColumns`).
public enum ExtraColumns: String, CaseIterable, Codable, Sendable {
    /// They are not looked at, and never stored.
    case ignore
    /// The file is refused.
    case refuse
}

/// What happens to an event that names an item outside the catalogue.
public enum UnknownItems: String, CaseIterable, Codable, Sendable {
    /// It is rejected with a reason.
    case reject
    /// It is sealed in its user's own record, and counts for nothing until the item is in the catalogue: imported, or discovered by DP
    /// partition selection.
    case pending
}
