// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
public import Foundation
import Recommenders

/// Asks for noisy item counts.
public struct CountRequest: Sendable {
    /// Which noise: exact discrete Laplace (pure ε) or exact discrete Gaussian (zCDP).
    public enum Mechanism: String, CaseIterable, Sendable { case laplace, gaussian }

    public var mechanism: Mechanism
    /// nil: the policy's default for counts.
    public var epsilon: EpsilonAmount?
    /// nil: 0 for Laplace, the policy's run δ for Gaussian.
    public var delta: DeltaAmount?
    /// nil: the policy's bound for counts.
    public var maxItemsPerUser: Int?
    /// The caller's own word for this run: given again with the same request, the paid release is read for free.
    public var reference: String?

    public init(
        mechanism: Mechanism = .laplace, epsilon: EpsilonAmount? = nil, delta: DeltaAmount? = nil,
        maxItemsPerUser: Int? = nil, reference: String? = nil
    ) {
        self.reference = reference
        self.mechanism = mechanism
        self.epsilon = epsilon
        self.delta = delta
        self.maxItemsPerUser = maxItemsPerUser
    }
}

/// Asks which unknown items many users have.
public struct DiscoverRequest: Sendable {
    /// Without a bound of the caller's: the more, the more users an item needs, and the more of a user's items count.
    public static let defaultItemsPerUser = 4

    /// nil: the policy's ε of a run.
    public var epsilon: EpsilonAmount?
    /// nil: a hundredth of the policy's δ of a run.
    public var delta: DeltaAmount?
    /// Of more, a random so many of a user's unknown items count. nil: `defaultItemsPerUser`, or the policy's bound.
    public var maxItemsPerUser: Int?
    /// The caller's own word for this run: given again with the same request, what it found is read for free.
    public var reference: String?

    public init(
        epsilon: EpsilonAmount? = nil, delta: DeltaAmount? = nil, maxItemsPerUser: Int? = nil, reference: String? = nil
    ) {
        (self.epsilon, self.delta, self.maxItemsPerUser) = (epsilon, delta, maxItemsPerUser)
        self.reference = reference
    }
}

/// Asks for the next period of a stream of item counts. What is left nil is as the stream was opened, or as the defaults are.
public struct StreamRequest: Sendable {
    /// 1 to 200 bytes; public, it stands in the log.
    public var name: String
    /// Laplace noise on a binary tree (nil for a new stream), or Gaussian noise on the square root of the prefix sums.
    public var mechanism: CountRequest.Mechanism?
    /// For the whole life of the stream.
    public var epsilon: EpsilonAmount?
    /// nil: 0 for Laplace, the policy's run δ for Gaussian.
    public var delta: DeltaAmount?
    /// For life.
    public var maxItemsPerUser: Int?
    /// How often the stream will release, at most.
    public var periods: Int?
    /// The caller's own word for this period: given again, the period that was closed under it is read for free.
    public var reference: String?

    public init(
        name: String = "items", mechanism: CountRequest.Mechanism? = nil, epsilon: EpsilonAmount? = nil,
        delta: DeltaAmount? = nil, maxItemsPerUser: Int? = nil, periods: Int? = nil, reference: String? = nil
    ) {
        (self.name, self.mechanism, self.epsilon, self.delta) = (name, mechanism, epsilon, delta)
        (self.maxItemsPerUser, self.periods, self.reference) = (maxItemsPerUser, periods, reference)
    }
}

/// Asks for a model that is computed from what another one released.
public struct DeriveRequest: Sendable {
    /// What a model can be made into.
    public static let kinds = Derivation.kinds

    /// An id or a name; nil: the newest model.
    public var model: String?
    /// One of `kinds`.
    public var kind: String
    /// nil: the kind.
    public var name: String?
    /// Hyper-parameters by key, as text.
    public var settings: [String: String]

    public init(model: String?, kind: String, name: String? = nil, settings: [String: String] = [:]) {
        (self.model, self.kind, self.name, self.settings) = (model, kind, name, settings)
    }
}

/// Asks for a model.
public struct TrainRequest: Sendable {
    /// What `train` makes where nothing else is asked for: the most accurate private model.
    public static let defaultKind = "spectral"

    /// `spectral`, `content`, `mf`, `als`, `ease`, `item-knn`, `nmf`, `pure-svd` or `popularity`.
    public var kind: String
    /// nil: the policy's default for a run. Infinity means not private, and only public data admits it.
    public var epsilon: EpsilonAmount?
    /// nil: the policy's run δ.
    public var delta: DeltaAmount?
    /// nil: the kind.
    public var name: String?
    /// Hyper-parameters by key, as text.
    public var settings: [String: String]
    /// The caller's own word for this run: given again with the same request, the stored model is the answer.
    public var reference: String?

    public init(
        kind: String = defaultKind, epsilon: EpsilonAmount? = nil, delta: DeltaAmount? = nil, name: String? = nil,
        settings: [String: String] = [:], reference: String? = nil
    ) {
        self.reference = reference
        self.kind = kind
        self.epsilon = epsilon
        self.delta = delta
        self.name = name
        self.settings = settings
    }
}

/// How far a run is. Public numbers only.
public struct TrainProgress: Sendable {
    /// What is being done: "counting users", "training".
    public let phase: String
    public let step: Int
    public let steps: Int
}

/// Asks for recommendations.
public struct RecommendRequest: Sendable {
    /// For whom.
    public enum Audience: Sendable {
        /// Users of this directory, by outside id. An unknown one is a user with an empty history.
        case users([String])
        /// One history that is not stored: item ids, oldest first.
        case history([String])
        /// Histories that are not stored, from a CSV file as for ingest.
        case histories(file: String)
    }

    public var audience: Audience
    public var count: Int
    /// nil: the newest model.
    public var model: String?
    public var includeSeen: Bool
    public var explain: Bool
    /// Whether nobody's own history is looked at: everybody gets the ranking of who has none, by what was released of popularity.
    public var withoutProfile: Bool
    /// Set when the lists leave for someone else: logged with the purpose.
    public var recipient: String?
    public var purpose: String?

    /// Whether lists of several stored users are made at once.
    var isForMany: Bool {
        if case .users(let ids) = audience { ids.count > 1 } else { false }
    }

    public init(
        audience: Audience, count: Int = 10, model: String? = nil, includeSeen: Bool = false, explain: Bool = false,
        withoutProfile: Bool = false, recipient: String? = nil, purpose: String? = nil
    ) {
        self.audience = audience
        self.count = count
        self.model = model
        self.includeSeen = includeSeen
        self.explain = explain
        self.withoutProfile = withoutProfile
        self.recipient = recipient
        self.purpose = purpose
    }
}

/// Asks what is consistent: the whole directory, or one document.
public struct VerifyRequest: Sendable {
    public var receipt: URL?
    public var certificate: URL?
    /// A signed head of the log that was kept elsewhere.
    public var head: URL?
    /// nil: the directory's own key.
    public var publicKey: String?

    public init(receipt: URL? = nil, certificate: URL? = nil, head: URL? = nil, publicKey: String? = nil) {
        self.head = head
        self.receipt = receipt
        self.certificate = certificate
        self.publicKey = publicKey
    }
}

/// Asks how good a model is on data that the caller states to be public.
public struct EvaluateRequest: Sendable {
    public var model: String?
    /// The test pairs, `user,item`.
    public var testFile: String
    /// The same users' histories. nil ranks stored histories: only in a directory of public data.
    public var foldInFile: String?
    /// One item a line: rank these alone.
    public var candidatesFile: String?
    public var count: Int

    public init(
        model: String? = nil, testFile: String, foldInFile: String? = nil, candidatesFile: String? = nil,
        count: Int = 20
    ) {
        self.model = model
        self.testFile = testFile
        self.foldInFile = foldInFile
        self.candidatesFile = candidatesFile
        self.count = count
    }
}
