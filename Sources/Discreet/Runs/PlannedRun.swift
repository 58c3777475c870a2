// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Interactions
import Records

/// One run from its plan to its line in a certificate. Public numbers only.
struct PlannedRun {
    let request: RunRequest
    let price: PlanPrice

    /// - Parameter run: The id that a caller's reference gives; nil draws one.
    init(
        kind: String, purpose: Purpose, plan: RunPlan, epsilon: EpsilonAmount, delta: DeltaAmount, run: RunID? = nil
    ) {
        request = RunRequest(
            run: run ?? RunID(hex: Hex.encode(SystemRandom.bytes(16))), kind: kind, purpose: purpose.rawValue,
            plan: plan,
            epsilon: epsilon, delta: delta, notPrivate: epsilon.isInfinite)
        price = PlanPrice(of: plan, delta: delta)
    }

    /// The certificate's line, for a run of which `steps` releases were made (nil: all).
    func certified(afterSteps steps: Int? = nil) -> CertifiedRun {
        let price = steps.map { self.price.ended(request.plan, delta: request.delta, after: $0) } ?? self.price
        // Of a run that ended early only the figure that it is charged by holds.
        let figures = steps == nil ? price.figures(of: request.plan) : price.epsilonByAccountant
        return CertifiedRun(
            run: request.run, kind: request.kind, purpose: request.purpose, plan: request.plan,
            cost: PrivacyAmounts(epsilon: price.epsilon, delta: price.delta),
            epsilonByAccountant: figures.mapValues { PrivacyNumber($0) })
    }
}

extension PrivacyAmounts {
    /// Basic composition of the runs of one release.
    static func sum(of runs: [CertifiedRun]) -> PrivacyAmounts {
        PrivacyAmounts(
            epsilon: runs.reduce(.zero) { $0 + $1.cost.epsilon }, delta: runs.reduce(.zero) { $0 + $1.cost.delta })
    }
}
