// SPDX-License-Identifier: Apache-2.0

public import Records

// The documents that the command line prints with `--json`; the field names are CONTRACT's.

public struct InitReport: Encodable, Sendable {
    public let data: String
    public let directoryId: String
    public let keyFile: String
    public let policy: String
    public let policyHash: String
    public let publicKey: String
}

public struct CatalogueReport: Encodable, Sendable {
    /// Items in the catalogue now.
    public let items: Int
    /// Feature columns in the catalogue now.
    public let features: Int
    public let featureNames: [String]
    public let added: Int
    public let updated: Int
    public let unchanged: Int
}

public struct CountReport: Encodable, Sendable {
    public struct Entry: Encodable, Sendable {
        public let item: String
        public let count: Int64
    }
    public let mechanism: String
    public let privacy: PrivacyAmounts
    /// b of the Laplace, σ of the Gaussian; of a stream the standard deviation of the noise on each count.
    public let scale: Double
    /// Every catalogue item in catalogue order; a count may be negative.
    public let counts: [Entry]
    public let certificate: JSONValue
    /// Where the counts are a period's of a stream.
    public var stream: Stream?

    /// How far a stream is; its cost is that of all its periods.
    public struct Stream: Encodable, Sendable {
        public let name: String
        public let period: Int
        public let periods: Int
    }

    private enum Keys: String, CodingKey { case mechanism, epsilon, delta, exact, scale, counts, certificate, stream }

    public func encode(to encoder: any Encoder) throws {
        try privacy.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(mechanism, forKey: .mechanism)
        try container.encode(scale, forKey: .scale)
        try container.encode(counts, forKey: .counts)
        try container.encode(certificate, forKey: .certificate)
        try container.encodeIfPresent(stream, forKey: .stream)
    }
}

/// Which unknown items were released, and are in the catalogue now.
public struct DiscoverReport: Encodable, Sendable {
    public let privacy: PrivacyAmounts
    /// Ascending by bytes. Of all others nothing is said, nor how many there are.
    public let items: [String]
    public let certificate: JSONValue

    private enum Keys: String, CodingKey { case items, certificate }

    public func encode(to encoder: any Encoder) throws {
        try privacy.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(items, forKey: .items)
        try container.encode(certificate, forKey: .certificate)
    }
}

public struct ModelName: Encodable, Sendable {
    public let id: String
    public let name: String
    public let kind: String
}

public struct TrainReport: Encodable, Sendable {
    public let model: ModelName
    /// Set when the run ended before its plan did.
    public let stoppedAt: Int?
    public let certificate: JSONValue
    public let seconds: Double
}

public struct DeriveReport: Encodable, Sendable {
    public let model: ModelName
    /// The model whose releases it was computed from.
    public let derivedFrom: ModelName
    public let certificate: JSONValue
}

public struct ModelSummary: Encodable, Sendable {
    public let id: String
    public let name: String
    public let kind: String
    /// The day, ISO 8601.
    public let created: String
    public let privacy: PrivacyAmounts

    private enum Keys: String, CodingKey { case id, name, kind, created }

    public func encode(to encoder: any Encoder) throws {
        try privacy.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(created, forKey: .created)
    }
}

public struct ModelDetail: Encodable, Sendable {
    public let model: ModelSummary
    public let certificate: JSONValue
    /// Hyper-parameters and tensors' shapes, as in model.json.
    public let parameters: JSONValue
}

public struct RecommendReport: Encodable, Sendable {
    public struct Because: Encodable, Sendable {
        public let item: String
        public let title: String
        public let share: Double
    }
    public struct Item: Encodable, Sendable {
        public let item: String
        public let score: Double
        public let title: String
        /// The user's own items by how much each counts; shares sum to 1. Absent unless asked for.
        public let because: [Because]?
    }
    public struct Result: Encodable, Sendable {
        /// null for a history without a user.
        public let user: String?
        public let items: [Item]

        private enum Keys: String, CodingKey { case user, items }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(user, forKey: .user)
            try container.encode(items, forKey: .items)
        }
    }
    public let model: ModelName
    public let results: [Result]
}

public struct BudgetReport: Encodable, Sendable {
    public struct Charge: Encodable, Sendable {
        public let run: String
        /// What the run was: "train mf", "count items", …
        public let kind: String
        /// The day, ISO 8601.
        public let at: String
        /// What was reserved, as the log has it.
        public let event: JSONValue
        public let privacy: PrivacyAmounts

        private enum Keys: String, CodingKey { case run, kind, at, event }

        public func encode(to encoder: any Encoder) throws {
            try privacy.encode(to: encoder)
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(run, forKey: .run)
            try container.encode(kind, forKey: .kind)
            try container.encode(at, forKey: .at)
            try container.encode(event, forKey: .event)
        }
    }
    public struct Period: Encodable, Sendable {
        public let days: Int
        public let spent: PrivacyAmounts
        public let limit: PrivacyAmounts
    }
    public let user: String
    public let spent: PrivacyAmounts
    /// Infinite where the policy's data are public.
    public let limit: PrivacyAmounts
    public let remaining: PrivacyAmounts
    /// The declared tier, where there is one.
    public let tier: String?
    /// What the days up to today hold; absent where the policy has no period.
    public let period: Period?
    public let charges: [Charge]
}

public struct BudgetClass: Encodable, Sendable {
    public let users: Int
    public let spent: PrivacyAmounts
    public let limit: PrivacyAmounts
}

public struct BudgetVerification: Encodable, Sendable {
    public let ok: Bool
    /// How many charges were recomputed.
    public let charges: Int
    public let differences: [String]
    /// Charges for which there is no independent lower bound, and what was checked instead. No fault.
    public let notes: [String]
}

public struct EraseReport: Encodable, Sendable {
    /// How many ids are erased now: every one that was asked for, known or not, but those pending.
    public let erased: Int
    /// How many wait for a reader to let go of the write-ahead log; run the command again.
    public let pending: Int
    /// The signed receipt; a list of them when more than one id was asked for.
    public let receipt: JSONValue
}

public struct VerifyReport: Encodable, Sendable {
    public struct Check: Encodable, Sendable {
        public let name: String
        public let ok: Bool
        public let detail: String
    }
    public let ok: Bool
    public let checks: [Check]

    init(_ checks: [Check]) { (ok, self.checks) = (checks.allSatisfy(\.ok), checks) }
}

public struct EvaluateReport: Encodable, Sendable {
    public struct Row: Encodable, Sendable {
        public let name: String
        public let metrics: [String: Double]
        public let beyond: [String: Double]
    }
    public let model: ModelName
    /// Users with at least one test item. The data were declared public.
    public let users: Int
    public let metrics: [String: Double]
    /// 95 % intervals of the metrics over users (percentile bootstrap): the lower end, the upper end.
    public let intervals: [String: [Double]]
    /// Beside accuracy: coverage, Gini index, novelty, popularity lift, the share of rare tastes.
    public let beyond: [String: Double]
    /// Popularity counted in the same public histories, without noise.
    public let baseline: Row
}

public struct StatusReport: Encodable, Sendable {
    public struct File: Encodable, Sendable {
        public let name: String
        public let bytes: Int
    }
    public let version: String
    public let data: String
    public let directoryId: String
    public let publicKey: String
    public let policy: String
    public let policyHash: String
    /// True in a directory that was declared public at `init`.
    public let publicData: Bool
    public let items: Int
    public let users: Int
    public let models: [ModelSummary]
    /// The signed head of the log: keep it elsewhere, and a log that was cut can be told (`verify --head`).
    public let logHead: JSONValue
    public let files: [File]
    /// What wants doing: pending erasures, for one.
    public let due: [String]
}

public struct RotationReport: Encodable, Sendable {
    /// How many users have a key, now under the new master key. Operator-only.
    public let rotated: Int
    /// Whether an earlier rotation that was cut short was finished.
    public let resumed: Bool
    /// Where the new master key is, or what it comes from.
    public let keyFile: String
    public let publicKey: String
}

public struct UserReport: Encodable, Sendable {
    public let user: String
    /// What was said now, by purpose: `consent`, `object` or `restrict`. Of who was readmitted all purposes: `policy`, nothing said.
    public let purposes: [String: String]
}

/// Everything stored of one person, as they may ask for it (GDPR article 15). Exact private data: operator-only.
public struct AccessReport: Encodable, Sendable {
    public struct Event: Encodable, Sendable {
        public let item: String
        public let value: Float
        /// Unix seconds; 0 where the source had none.
        public let time: Int64
        /// Columns without a role that the policy kept, by name.
        public let kept: [String: String]
        /// The catalogue does not have the item: nothing is computed of the event.
        public var pending = false
    }
    public let user: String
    /// `consent`, `object`, `restrict`, or `policy` where nothing was said.
    public let purposes: [String: String]
    /// Ascending by time, item, value; those of unknown items behind the others.
    public let events: [Event]
    /// Whether something is stored that does not open, so that not all is here: `discreet verify` names it.
    public let damaged: Bool
}

public struct PolicyReport: Encodable, Sendable {
    /// What changes for whom, in words.
    public struct Change: Encodable, Sendable {
        public let who: String
        public let what: String
    }
    public let policy: JSONValue
    public let hash: String
    /// Against the policy that was in force; empty where there was none to compare with.
    public var changes: [Change] = []
}

public struct SampleReport: Encodable, Sendable {
    public let users: Int
    public let items: Int
    public let events: Int
}
