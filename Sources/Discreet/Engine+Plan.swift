// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPMechanisms
import Foundation
import Policies
import Recommenders
public import Records
import Vault

extension Engine {
    /// What a training would cost, before it is run. Nothing is charged, nothing is logged, no account is read.
    ///
    /// Where the run would count its users first, the main run's events follow from that count; its price does not, since
    /// every plan is calibrated to what is left of ε. The plan is then shown for `users` people.
    /// - Parameter users: Public. A guess; nil: 10 000. Not used where the number is known without a new count.
    public func plan(_ request: TrainRequest, assumingUsers users: Int? = nil) throws(DiscreetError) -> BudgetPlan {
        try facade {
            let policy = try policyForRun()
            let epsilon = request.epsilon ?? policy.defaultEpsilon
            let delta = request.delta ?? policy.defaultDelta
            let subject = try ModelSubject(request, in: vault)
            if try subject.isFree { return try freePlan(subject, under: policy) }
            let (populationPlan, rest) = try planPopulation(epsilon: epsilon, under: policy)
            var runs: [PlannedRun] = []
            let population: Population
            switch populationPlan {
            case .known(let known): population = known
            case .count(let count):
                runs.append(count)
                population = Population(users: users ?? 10_000, source: "assumed", paid: [])
            }
            runs.append(
                try subject.job(users: population.users, epsilon: rest, delta: delta, under: policy)
                    .run(epsilon: rest, delta: delta))
            for run in runs {
                for stretch in run.request.plan.stretches {
                    try PrivateSum.check(stretch.event, itemCount: subject.itemCount)
                }
            }
            return try budgetPlan(of: runs, request.kind, population, under: policy)
        }
    }

    private func budgetPlan(
        of runs: [PlannedRun], _ kind: String, _ population: Population, under policy: PolicyInForce
    ) throws -> BudgetPlan {
        let outlook = try ledger.outlook(runs.map(\.price), policy: policy.policy)
        return BudgetPlan(
            model: kind, privacy: .sum(of: runs.map { $0.certified() }), events: try Self.events(of: runs),
            nominalUsers: population.users, nominalUsersSource: population.source,
            affordable: try ledger.isAffordable(runs.map(\.price), policy: policy.policy),
            newcomer: BudgetPlan.Account(outlook.newcomer), veteran: BudgetPlan.Account(outlook.veteran),
            why: outlook.newcomer.refusal)
    }

    /// No run, so nobody is asked for anything; N plays no part.
    private func freePlan(_ subject: ModelSubject, under policy: PolicyInForce) throws -> BudgetPlan {
        _ = try subject.job(users: 1, epsilon: .infinity, delta: .zero, under: policy)
        return try budgetPlan(
            of: [], subject.kind, Population(users: 1, source: "not used", paid: []), under: policy)
    }

    private static func events(of runs: [PlannedRun]) throws -> [BudgetPlan.Event] {
        try runs.flatMap { run in
            try run.request.plan.stretches.map { stretch in
                BudgetPlan.Event(
                    kind: run.request.kind, event: try JSONValue(encoding: stretch.event), count: stretch.count)
            }
        }
    }
}

/// What a run would cost. Public numbers only.
public struct BudgetPlan: Encodable, Sendable {
    /// The same event, `count` times in a row.
    public struct Event: Encodable, Sendable {
        /// The run it belongs to: "count users", "train mf".
        public let kind: String
        public let event: JSONValue
        public let count: Int
    }

    /// What the runs would do to one account.
    public struct Account: Encodable, Sendable {
        public let affordable: Bool
        /// Before the runs and after them, whether or not they are affordable.
        public let before: PrivacyNumber
        public let after: PrivacyNumber
        /// The policy's ε; infinite for public data.
        public let limit: PrivacyNumber
        /// How often in a row the account could pay for the runs in its lifetime, at most 1000; nil for public data.
        public let repeats: Int?

        init(_ outlook: BudgetOutlook) {
            affordable = outlook.isAffordable
            before = PrivacyNumber(outlook.spentBefore.value)
            after = PrivacyNumber(outlook.spentAfter.value)
            limit = PrivacyNumber(outlook.limit?.epsilon.value ?? .infinity)
            repeats = outlook.repeats
        }
    }

    public let model: String
    /// What each member would be charged: the runs' own prices, added.
    public let privacy: PrivacyAmounts
    public let events: [Event]
    /// The N that the events were made for, and where it is from: "policy", "count", "public data" or "assumed".
    public let nominalUsers: Int
    public let nominalUsersSource: String
    /// Whether the run would be made: it is refused exactly where no newcomer could pay, in whatever tier.
    public let affordable: Bool
    /// A user who joined today, without a tier.
    public let newcomer: Account
    /// One who was in every run that the log has. Users are refused by neither: whoever cannot pay sits the run out.
    public let veteran: Account
    /// The arithmetic, where not even a newcomer could pay.
    public let why: String?

    private enum Keys: String, CodingKey {
        case model, events, affordable, nominalUsers, nominalUsersSource, newcomer, veteran, why
    }

    public func encode(to encoder: any Encoder) throws {
        try privacy.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(model, forKey: .model)
        try container.encode(events, forKey: .events)
        try container.encode(affordable, forKey: .affordable)
        try container.encode(nominalUsers, forKey: .nominalUsers)
        try container.encode(nominalUsersSource, forKey: .nominalUsersSource)
        try container.encode(newcomer, forKey: .newcomer)
        try container.encode(veteran, forKey: .veteran)
        try container.encodeIfPresent(why, forKey: .why)
    }
}
