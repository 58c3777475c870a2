// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Ingestion
import Interactions
import Recommenders
import Records
import Vault

extension Engine {
    /// Folds users in from their own histories and ranks what they have not seen.
    ///
    /// A list is made for one person from released parameters and that person's own data; it is neither logged nor kept. Lists for many
    /// stored users are an act of the operator: recipient and purpose are logged, the users are not.
    /// - Returns: One result a user, in the order asked. An unknown user is one with an empty history.
    public func recommend(_ request: RecommendRequest) async throws(DiscreetError) -> RecommendReport {
        try facade {
            guard (1...10_000).contains(request.count) else {
                throw DiscreetError(
                    .usage, "The length of a list must be 1 to 10000 (-k)", hint: "Choose a smaller one.")
            }
            if case .users = request.audience { try refuseLocalModel("No stored history is ranked for") }
            let stored = try storedModel(request.model)
            let model = try ModelLoader.load(stored.content)
            let catalogue = try vault.catalogue()
            guard model.itemCount <= catalogue.count else {
                throw DiscreetError(
                    .verificationFailed, "The model has more items than the catalogue (models/\(stored.id))",
                    hint: "Restore the vault that belongs to it, or train again.")
            }
            let lists = try audience(request, catalogue: catalogue)
            if request.recipient != nil || request.isForMany {
                _ = try ledger.appendLog(
                    type: "export",
                    content: .object([
                        "what": .string("recommendations"), "model": .string(stored.id),
                        "recipient": .string(request.recipient ?? "operator"),
                        "purpose": .string(request.purpose ?? "serve"),
                    ]))
            }
            let results = lists.map { user, history in
                RecommendReport.Result(
                    user: user, items: items(of: history, model: model, catalogue: catalogue, request: request))
            }
            return RecommendReport(model: stored.name, results: results)
        }
    }

    private func items(
        of history: History, model: any Recommender, catalogue: Catalogue, request: RecommendRequest
    ) -> [RecommendReport.Item] {
        model.recommend(history, k: request.count, includeSeen: request.includeSeen).map { scored in
            let item = catalogue.items[Int(scored.item)]
            let because = request.explain ? model.explain(history, item: scored.item) : nil
            return RecommendReport.Item(
                item: item.id, score: Double(scored.score), title: item.title,
                because: because?.map { reason in
                    let own = catalogue.items[Int(reason.item)]
                    return RecommendReport.Because(item: own.id, title: own.title, share: reason.share)
                })
        }
    }

    /// The user's own history, empty where they do not allow that lists are made from it.
    private func servedHistory(of user: UserPseudonym, _ needsConsent: Bool) throws -> History {
        let word = try vault.preferences(of: user)[.serve]
        let isAllowed = needsConsent ? word == .consent : word == nil || word == .consent
        return isAllowed ? try vault.history(of: user) : .empty
    }

    private func audience(
        _ request: RecommendRequest, catalogue: Catalogue
    ) throws -> [(user: String?, history: History)] {
        switch request.audience {
        case .users(let ids) where request.withoutProfile:
            return ids.map { ($0, .empty) }  // nobody's record is opened
        case .users(let ids):
            let needsConsent = try PolicyInForce.recorded(in: ledger, vault).needsConsent(for: .serve)
            return try ids.map { ($0, try servedHistory(of: vault.pseudonym(of: $0), needsConsent)) }
        case .history(let items):
            var time: Int64 = 0
            let interactions = try items.map { id in
                guard let position = catalogue.position(of: id) else {
                    throw DiscreetError(
                        .badData, "The catalogue has no such item (--history, item \(time + 1))",
                        hint: "Import the catalogue, or leave the item out.")
                }
                time += 1
                return Interaction(item: position, time: time)
            }
            return [(nil, request.withoutProfile ? .empty : History(interactions))]
        case .histories(let file):
            let table = try HistoryTable(
                InputSource(argument: file), options: IngestOptions(strict: true), catalogue: catalogue)
            return table.users.map { ($0.userID, request.withoutProfile ? .empty : $0.history) }
        }
    }
}
