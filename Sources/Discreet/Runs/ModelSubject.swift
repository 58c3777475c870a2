// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import Policies
import Recommenders
import Vault

/// What a training is about before anybody's history is opened: the kind of model, its settings, and the public catalogue.
struct ModelSubject {
    let kind: String
    let settings: [String: String]
    let itemCount: Int
    /// Of the catalogue, for the kinds that use them.
    let features: PublicFeatures?

    /// - Throws: `RecommenderError` for a bad setting.
    init(_ request: TrainRequest, in vault: Vault) throws {
        (kind, settings) = (request.kind, request.settings)
        let own = [Spectral.kind, Graph.kind, ContentBased.kind, AlternatingLeastSquares.kind]
        let usesFeatures = (own + Derivation.trainedKinds).contains(kind)
        guard usesFeatures else {
            (itemCount, features) = (try vault.itemCount(), nil)
            return
        }
        let items = try vault.catalogue().items
        itemCount = items.count
        let titleWords = settings["title-words"] == "true"  // the plan checks the settings
        features = PublicFeatures(items, titleWords: titleWords)
    }

    /// Whether nobody's data are asked for at all.
    var isFree: Bool { get throws { kind == ContentBased.kind ? try ContentBased.isFree(settings) : false } }

    /// A job for so many users.
    func job(
        users: Int, epsilon: EpsilonAmount, delta: DeltaAmount, under policy: PolicyInForce
    ) throws -> TrainingJob {
        let numbers = PlanningNumbers(
            itemCount: itemCount, nominalUsers: users, maxItemsPerUser: policy.policy.bounds.maxItemsPerUser,
            epsilon: epsilon, delta: delta)
        return try TrainingJob(self, numbers)
    }
}
