// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Σε of pure events (Dwork et al. 2006); ∞ where any event is not pure.
public struct PureAccounting: PlanAccountant {
    public let name = Accountant.pure
    public init() {}

    public func idealEpsilon(of plan: RunPlan, delta: Double) -> Double {
        let figures = PlanFigures(plan)
        guard figures.problem == nil, figures.rest.isEmpty else { return .infinity }
        return figures.pure.amount.value
    }

    public func idealDelta(of plan: RunPlan, epsilon: Double) -> Double {
        idealEpsilon(of: plan, delta: 0) <= epsilon ? 0 : 1
    }
}

/// Σμ² of Gaussians without sampling, exact (Balle, Wang 2018; Dong, Roth, Su 2022, Corollary 3.3); ∞ for all else.
public struct GaussianAccounting: PlanAccountant {
    public let name = Accountant.gdp
    public init() {}

    private func mu(_ plan: RunPlan) -> Double? {
        let figures = PlanFigures(plan)
        guard figures.problem == nil, figures.muSquared.isFinite else { return nil }
        return roundedUp(figures.muSquared.squareRoot())
    }

    public func idealEpsilon(of plan: RunPlan, delta: Double) -> Double {
        guard let mu = mu(plan) else { return .infinity }
        return GaussianDP.epsilonRoundedUp(mu: mu, delta: delta)
    }

    public func idealDelta(of plan: RunPlan, epsilon: Double) -> Double {
        guard let mu = mu(plan) else { return 1 }
        guard let form = GaussianMoments(muSquared: mu * mu).closedForm(count: 1) else { return 1 }
        let (value, error) = form.logDelta(epsilon)
        // A Gaussian's δ is never 0, however large ε is.
        return epsilon == .infinity ? 0 : expRoundedUp(max(value + error, -1e4))
    }
}

/// Σρ of zCDP events, pure ones as ε²/2, by the conversion of Canonne, Kamath, Steinke 2020, Corollary 13.
public struct ZeroConcentratedAccounting: PlanAccountant {
    public let name = Accountant.zcdp
    public init() {}

    public func idealEpsilon(of plan: RunPlan, delta: Double) -> Double {
        let figures = PlanFigures(plan)
        guard figures.problem == nil, figures.rho.isFinite else { return .infinity }
        return ZeroConcentratedDP.epsilonRoundedUp(rho: figures.rho, delta: delta)
    }

    public func idealDelta(of plan: RunPlan, epsilon: Double) -> Double {
        let figures = PlanFigures(plan)
        guard figures.problem == nil, figures.rho.isFinite else { return 1 }
        let value = ZeroConcentratedDP.logDelta(rho: figures.rho, epsilon: epsilon)
        // The exponent is a difference of terms of size (1 + e)·ρ and e·ε; 10⁻¹³ of the result and a constant cover them.
        return figures.rho == 0 || epsilon == .infinity
            ? 0 : expRoundedUp(max(value + 1e-12 + 1e-13 * abs(value), -1e4))
    }
}

/// Rényi DP at the best order.
public struct RenyiAccounting: PlanAccountant {
    public let name = Accountant.rdp
    public init() {}

    public func idealEpsilon(of plan: RunPlan, delta: Double) -> Double {
        RenyiAccountant.epsilon(ofFlattened: plan, delta: delta).epsilon
    }

    public func idealDelta(of plan: RunPlan, epsilon: Double) -> Double {
        RenyiAccountant.delta(ofFlattened: plan, epsilon: epsilon)
    }
}

/// Privacy loss distributions, rounded up to a grid (`PrivacyLossAccountant`).
public struct LossAccounting: PlanAccountant {
    public let name = Accountant.pld
    public let countsFailure = true
    /// Accuracy in ε, relative, that grids are chosen for.
    public let tolerance: Double

    public init(tolerance: Double = PrivacyLossAccountant.tolerance) { self.tolerance = tolerance }

    public func idealEpsilon(of plan: RunPlan, delta: Double) -> Double {
        PrivacyLossAccountant.epsilon(of: plan, delta: delta, tolerance: tolerance)
    }

    public func idealDelta(of plan: RunPlan, epsilon: Double) -> Double {
        PrivacyLossAccountant.delta(of: plan, epsilon: epsilon, tolerance: tolerance)
    }
}

/// The moment integral (`ExactAccountant`), its upper end.
public struct ExactAccounting: PlanAccountant {
    public let name = Accountant.exact
    public let countsFailure = true
    public init() {}

    public func idealEpsilon(of plan: RunPlan, delta: Double) -> Double {
        ExactAccountant.epsilon(of: plan, delta: delta).upper
    }

    public func idealDelta(of plan: RunPlan, epsilon: Double) -> Double {
        expRoundedUp(ExactAccountant.logDelta(of: plan, epsilon: epsilon).upper, by: 1e-13)
    }
}
