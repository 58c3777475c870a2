// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import LinearAlgebra
import TestSupport

@testable import DPMechanisms

/// Small cohorts and grants for the door.
enum TestCohorts {
    static func user(_ index: Int) -> UserPseudonym {
        UserPseudonym(bytes: (0..<16).map { UInt8(truncatingIfNeeded: index >> (8 * (7 - $0 % 8))) })!
    }

    /// User `i` has the items `histories[i]`.
    static func cohort(itemCount: Int, _ histories: [[UInt32]]) -> Cohort {
        Cohort(
            itemCount: itemCount,
            members: histories.enumerated().map { index, items in
                (user(index), History(items.map { Interaction(item: $0) }))
            })
    }

    /// Users with some of the items each, sizes 0 to `most`.
    static func random(users: Int, items: Int, most: Int, seed: UInt64) -> Cohort {
        var words = SeededGenerator(seed: seed)
        return cohort(
            itemCount: items,
            (0..<users).map { _ in
                let size = Int(Uniform.below(UInt64(most + 1), using: &words))
                return Uniform.subset(of: items, size: size, using: &words).map { UInt32($0) }
            })
    }

    /// A stream's is the durable ledger's: who comes back has paid again.
    static func step(_ event: PrivacyEvent, for cohort: Cohort, period: Int? = nil) -> StepGrant {
        step(event, digest: PrivateSum.digest(of: cohort), period: period)
    }

    static func step(_ event: PrivacyEvent, digest: CohortDigest, period: Int? = nil) -> StepGrant {
        var grant = RunGrant(
            run: RunID(hex: "00"), ledger: .memory("test"), cohort: digest, policy: PolicyHash(hex: "00"),
            purpose: "train", plan: RunPlan(event), period: period, returnersPay: true,
            settle: { _ in })
        return grant.next()!
    }

    static func gaussian(
        q: Double = 1, norm: Double = 1, noise: Double = 0, dimension: Int = 1 << 20
    ) -> GaussianSumEvent {
        GaussianSumEvent(samplingProbability: q, clippingNorm: norm, noiseMultiplier: noise, dimension: dimension)
    }
}

extension ExactSum {
    /// All coordinates.
    var values: [Int128] { (0..<count).map { value(at: $0) } }
}

/// Σ (aᵢ − bᵢ)², exact.
func squaredDistance(_ a: [Int128], _ b: [Int128]) -> UInt128 {
    zip(a, b).reduce(UInt128(0)) { $0 + ($1.0 - $1.1).magnitude * ($1.0 - $1.1).magnitude }
}
