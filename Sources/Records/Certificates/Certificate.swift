// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

/// What a release promises: to whom, how much, by which events, on what terms. Public; signed as a `SignedDocument`.
///
/// It has no duration, no size of a cohort and no date finer than a day, and says what the promise leaves out.
public struct Certificate: Hashable, Sendable {
    /// "discreet-certificate", with `version` 1. What a version means never changes.
    public static let format = "discreet-certificate"
    public static let version = 1
    /// The unit of privacy: one account with all its interactions.
    public static let unit = "user"
    /// Neighbouring data sets differ by one user.
    public static let adjacency = "addOrRemoveUser"
    /// Who is trusted: the curator; personalised lists are jointly private.
    public static let trust = "central; joint DP"

    /// Whether the directory was declared public: no budget was enforced. Then "PUBLIC DATA" is the first member.
    public let isPublicData: Bool
    /// What was released: "mf", "popularity", "count items", …
    public let kind: String
    /// The release's name or id.
    public let model: String
    /// Every run that the release rests on, in order.
    public let runs: [CertifiedRun]
    /// What the runs cost together.
    public let cost: PrivacyAmounts
    /// The model whose releases this one was computed from, if nobody's data were read again. Runs and cost are then that model's.
    public let derivedFrom: Derivation?
    /// The public number of users that stood in for the real one, if the release needed any.
    public let nominalUsers: Int?
    /// Where that number is from: "policy" or "count".
    public let nominalUsersSource: String?
    /// What a public rule decided about the release and its reader should know, a sentence each.
    public let notes: [String]
    /// The policy in force.
    public let policyHash: PolicyHash
    /// Which program made this.
    public let codeVersion: String
    public let created: Day
    /// How many steps were made, if the run ended before its plan did.
    public let stoppedAt: Int?
    /// What was released, by BLAKE2b-256; nil for a release that is no artifact.
    public let hashes: ArtifactHashes?
    /// What ε does not cover, a sentence each.
    public let notCharged: [String]

    public init(
        isPublicData: Bool, kind: String, model: String, runs: [CertifiedRun], cost: PrivacyAmounts,
        derivedFrom: Derivation? = nil, nominalUsers: Int? = nil, nominalUsersSource: String? = nil,
        notes: [String] = [], policyHash: PolicyHash,
        codeVersion: String,
        created: Day = .today, stoppedAt: Int? = nil, hashes: ArtifactHashes? = nil,
        notCharged: [String] = Certificate.alwaysNotCharged
    ) {
        self.isPublicData = isPublicData
        (self.kind, self.model, self.runs, self.cost) = (kind, model, runs, cost)
        self.derivedFrom = derivedFrom
        (self.nominalUsers, self.nominalUsersSource) = (nominalUsers, nominalUsersSource)
        self.notes = notes
        (self.policyHash, self.codeVersion, self.created) = (policyHash, codeVersion, created)
        (self.stoppedAt, self.hashes, self.notCharged) = (stoppedAt, hashes, notCharged)
    }

    /// Post-processing of an earlier model: what came first, and that nothing was charged for it.
    public struct Derivation: Hashable, Codable, Sendable {
        /// The id of the earlier model.
        public let model: String
        /// BLAKE2b-256 of the bytes of its certificate.
        public let certificate: String
        /// What the derivation cost anybody: nothing.
        public let charged: PrivacyAmounts

        public init(model: String, certificate: String) {
            (self.model, self.certificate) = (model, certificate)
            charged = PrivacyAmounts(epsilon: .zero, delta: .zero)
        }
    }

    /// What no release of ours is charged for (DESIGN section 2, "outside ε").
    public static let alwaysNotCharged = [
        "Time, memory and file sizes, as someone on the machine may see them.",
        "That this release was asked for and made.",
        "The catalogue of items, which is public, and every number of the policy.",
    ]

    /// The promise in words.
    public var statement: String {
        let promise = """
            User-level differential privacy: neighbouring data sets differ by adding or removing one user account with \
            all its interactions. Trust is central: the curator holds the data; a person's own list is jointly private, \
            it protects everyone else. The guarantee is computational: noise is drawn from ChaCha20. What notCharged \
            names is outside epsilon.
            """
        return isPublicData ? "PUBLIC DATA: no budget was enforced and none protects these people. " + promise : promise
    }
}

/// One run of a certificate.
public struct CertifiedRun: Hashable, Sendable {
    public let run: RunID
    /// What it did: "count users", "train mf", …
    public let kind: String
    /// For which purpose histories were opened.
    public let purpose: String
    /// The events that were charged, from which anybody can compute the cost again.
    public let plan: RunPlan
    /// What the ledger charged each member.
    public let cost: PrivacyAmounts
    /// ε at the run's δ by accountant, by its name in the log.
    public let epsilonByAccountant: [String: PrivacyNumber]

    public init(
        run: RunID, kind: String, purpose: String, plan: RunPlan, cost: PrivacyAmounts,
        epsilonByAccountant: [String: PrivacyNumber]
    ) {
        (self.run, self.kind, self.purpose, self.plan) = (run, kind, purpose, plan)
        (self.cost, self.epsilonByAccountant) = (cost, epsilonByAccountant)
    }
}
