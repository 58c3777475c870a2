// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct LossGridTests {
    static let laws: [LossLaw] =
        [0.5, 1, 4].flatMap { sigma in
            [1e-3, 0.05, 0.6, 1].map { LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: $0) }
        } + [
            LossLaw(.gaussianReplaceOne(noiseMultiplier: 1, samplingProbability: 0.2)), LossLaw(.laplace(scale: 0.7)),
            LossLaw(.laplace(scale: 2), samplingProbability: 0.3),
            LossLaw(.discreteLaplace(scale: 3, sensitivity: 2), samplingProbability: 0.3),
            LossLaw(.discreteGaussian(variance: 9, sensitivity: 2), samplingProbability: 0.3),
            LossLaw(.approximate(epsilon: 1, delta: 1e-3), samplingProbability: 0.5),
            LossLaw(.randomizedResponse(noise: 0.4, buckets: 5)),
        ]
    static let cut = LossGrid.Cut(above: 1e-25, below: 1e-25)

    /// δ at ε of what is on the grid.
    static func delta(_ grid: LossGrid, _ epsilon: Double) -> Double {
        var sum = grid.infinite
        for k in grid.masses.indices where grid.loss(at: k) > epsilon {
            sum += grid.masses[k] * -expm1(epsilon - grid.loss(at: k))
        }
        return sum
    }

    @Test("a grid is never below the law it stands for, on and off its points, nor far above", arguments: laws)
    func pessimistic(law: LossLaw) throws {
        for direction in LossDirection.allCases {
            for step in [0.1, 0.01, 0.0013] {
                let grid = try #require(LossGrid(law, direction, .init(step: step), cut: Self.cut))
                for epsilon in stride(from: 0.0, through: 4, by: 0.0371) {
                    let (exact, found) = (law.hockeyStick(epsilon, direction), Self.delta(grid, epsilon))
                    // The closed form is itself raised by 1e-14 or so.
                    #expect(found >= exact * (1 - 1e-12) - 2e-14, "\(law) \(direction) \(step) \(epsilon)")
                    // Between two points the chord in e^ε is above the convex profile by at most one more step of ε.
                    // Rounding sends up at most 2·(errors of P and of e^t·Q) a cell, each 8 to 20 ulps of a tail ≤ 1:
                    // 1e-14, in up to 10⁴ cells (width 12 at the finest step).
                    let above = law.hockeyStick(max(0, epsilon - step), direction)
                    #expect(found <= above + 1e-10)
                }
            }
        }
    }

    @Test("wider gaps farther out are pessimistic too, and cost little", arguments: laws)
    func gradedGaps(law: LossLaw) throws {
        for direction in LossDirection.allCases {
            let spacing = LossGrid.Spacing(step: 0x1p-10, tilt: 4, tolerance: 1e-4)
            let grid = try #require(LossGrid(law, direction, spacing, cut: Self.cut))
            let all = try #require(LossGrid(law, direction, .init(step: 0x1p-10), cut: Self.cut))
            #expect(grid.masses.count <= all.masses.count)
            for epsilon in stride(from: 0.0, through: 3, by: 0.0371) {
                #expect(Self.delta(grid, epsilon) >= law.hockeyStick(epsilon, direction) * (1 - 1e-12) - 2e-14)
            }
            // What the gaps were chosen for: the log moment at the tilt, to the tolerance of its own excess.
            let (coarse, fine) = (grid.logMoment(4), all.logMoment(4))
            #expect(coarse >= fine - 1e-12)
            #expect(coarse - fine <= 3e-4 * abs(fine) + 1e-9, "\(law) \(direction)")
        }
    }

    @Test("P's mass is 1, never less; Q's is at most 1", arguments: laws)
    func massIsKept(law: LossLaw) throws {
        for direction in LossDirection.allCases {
            let grid = try #require(LossGrid(law, direction, .init(step: 0.01), cut: Self.cut))
            let mass = grid.masses.reduce(grid.infinite, +)
            #expect(mass >= 1 - 1e-14 && mass < 1 + 1e-10)
            // Q(finite) = E_P[e^(−L)]: connecting the dots keeps it; what went up to the first point lowers it.
            #expect(grid.logMoment(-1) <= 1e-9)
            #expect(grid.masses.allSatisfy { $0 >= 0 })
            #expect(zip(grid.places, grid.places.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("the log moment of a fine grid is the Rényi cost", arguments: [(0.8, 0.01), (1.5, 0.2), (3, 1)])
    func momentsAreRenyiCosts(sigma: Double, q: Double) throws {
        let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
        // A deep cut: high moments come from far out.
        let cut = LossGrid.Cut(above: 1e-200, below: 1e-200)
        let grid = try #require(LossGrid(law, .remove, .init(step: 0x1p-12), cut: cut))
        for theta in [1.0, 3, 7] {
            let cost = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q).cost(order: theta + 1)
            // Above it by what the dots cost, about h²/12·θ(θ + 1) relative to the tail's share.
            #expect(grid.logMoment(theta) >= theta * cost * (1 - 1e-9))
            #expect(grid.logMoment(theta) <= theta * cost * (1 + 1e-4) + 1e-9)
        }
    }

    @Test("a lattice moves nothing")
    func latticeIsExact() throws {
        for mechanism in LossLawTests.discrete {
            let grid = try #require(LossGrid(lattice: LossLaw(mechanism), cut: .init(above: 0, below: 0)))
            let atoms = try #require(mechanism.atoms).filter { $0.loss.isFinite && $0.p > 0 }
            for epsilon in stride(from: 0.0, through: 3, by: 0.0713) {
                let exact = LossLaw(mechanism).hockeyStick(epsilon, .remove)
                #expect(abs(Self.delta(grid, epsilon) - exact) < 1e-13)
            }
            #expect(grid.masses.count >= atoms.count)
        }
        #expect(LossGrid(lattice: LossLaw(.laplace(scale: 1)), cut: Self.cut) == nil)
        let sampled = LossLaw(.discreteLaplace(scale: 1, sensitivity: 1), samplingProbability: 0.5)
        #expect(LossGrid(lattice: sampled, cut: Self.cut) == nil)
    }

    @Test("too fine a step or a senseless one is refused, not tried")
    func refusals() {
        let law = LossLaw(.gaussian(noiseMultiplier: 1))
        for step in [0, -1, .nan, .infinity, 1e-12, 1e-300] {
            #expect(LossGrid(law, .remove, .init(step: step), cut: Self.cut) == nil)
        }
    }

    @Test("gaps never pass 0 or the end, and are whole steps")
    func gapsStopAtZero() {
        let spacing = LossGrid.Spacing(step: 1e-3, tilt: 2, tolerance: 1e-2)
        for end in [1, 100, 10_000] {
            var (index, gaps) = (-7000, 0)
            var visited: Set<Int> = []
            while index < end {
                visited.insert(index)
                let gap = spacing.gap(after: index, end: end)
                #expect(gap >= 1)
                index += gap
                gaps += 1
            }
            #expect(index == end && visited.contains(0) && gaps < 7000 + end)
        }
    }

    @Test("short significands")
    func shortNumbers() {
        #expect(0.375.hasShortSignificand && 1.875.hasShortSignificand && !0.1.hasShortSignificand)
        for value in [0.1, 3.7, 1e-9, 123_456.7] {
            let short = value.shortened(bits: 3)
            #expect(short.hasShortSignificand && relativeError(short, value) <= 1.0 / 16)
            #expect(relativeError(value.shortened(bits: 11), value) <= 0x1p-12)
        }
    }
}
