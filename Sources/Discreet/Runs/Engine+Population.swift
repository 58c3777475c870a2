// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPMechanisms
import Interactions
import Policies
import Records
import Vault

/// How N comes about for one training (DESIGN section 2, "No hidden side channel").
enum PopulationPlan {
    /// It is there: in the policy, in public data, or in an earlier release that is read again for free.
    case known(Population)
    /// It must be counted first, for one hundredth of the asked ε.
    case count(PlannedRun)
}

extension Engine {
    /// A count belongs to the people who may take part: under another lawful basis they are others.
    private static func releaseKey(_ policy: PolicyInForce) -> String {
        "users/train/" + (policy.needsConsent(for: .train) ? "consent" : "objection")
    }

    /// Decides how N is found, and splits the asked ε accordingly.
    func planPopulation(
        epsilon: EpsilonAmount, under policy: PolicyInForce
    ) throws -> (plan: PopulationPlan, rest: EpsilonAmount) {
        if let users = policy.policy.nominalUsers {
            return (.known(Population(users: users, source: "policy", paid: [])), epsilon)
        }
        if let stored = try ledger.release(forKey: Self.releaseKey(policy)), let users = stored["users"]?.integerValue,
            let run = try stored["run"]?.decode(CertifiedRun.self),
            epsilon.isInfinite
                || (run.cost.epsilon >= epsilon.split(percent: 1).part
                    && run.cost.epsilon <= epsilon.split(percent: 10).part)
        {
            // As exact as a count of now would be, and nobody is charged again; the release rests on that count all the
            // same, so its cost stands in the certificate, inside what was asked.
            let rest = epsilon.remaining(after: run.cost.epsilon)
            return (.known(Population(users: Int(users), source: "count", paid: [run])), rest)
        }
        if epsilon.isInfinite {  // public data: the ledger admits it nowhere else
            guard vault.isPublicData else { throw LedgerError.infiniteCost(.noNoise) }
            let users = max(1, try vault.members(for: .train).count)
            return (.known(Population(users: users, source: "public data", paid: [])), epsilon)
        }
        let (part, rest) = epsilon.split(percent: 1)
        let bound = ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1)
        let scale = try Calibration.discreteLaplaceScale(epsilon: part, l1: bound.l1Sensitivity)
        let plan = RunPlan(.discreteLaplace(DiscreteLaplaceEvent(scale: scale, bound: bound, dimension: 1)))
        return (.count(PlannedRun(kind: "count users", purpose: .train, plan: plan, epsilon: part, delta: .zero)), rest)
    }

    /// N, counted and paid for now if it must be.
    func population(_ plan: PopulationPlan, under policy: PolicyInForce) throws -> Population {
        guard case .count(let run) = plan else {
            if case .known(let population) = plan { return population }
            throw LedgerError.invalidPlan
        }
        let certified = run.certified()
        let users = try spend(run, purpose: .train, items: 0, under: policy) { grant, cohort in
            var grant: RunGrant = grant
            guard let step = grant.next() else { throw LedgerError.invalidPlan }
            let release = try PrivateSum.release(
                .userCount, of: cohort, spending: step, maxUsers: policy.policy.maxUsers)
            let users = Self.nominal(release.steps.first ?? 0)
            try ledger.store(
                release: .object(["users": .integer(Int64(users)), "run": try JSONValue(encoding: certified)]),
                key: Self.releaseKey(policy), run: run.request.run)
            try grant.finish()
            return users
        }
        return Population(users: users, source: "count", paid: [certified])
    }

    /// A noisy count as a nominal N: two significant digits, at least 50.
    static func nominal(_ count: Int64) -> Int {
        var magnitude: Int64 = 1
        while count / magnitude >= 100 { magnitude *= 10 }
        return Int(max(50, (count + magnitude / 2) / magnitude * magnitude))
    }
}
