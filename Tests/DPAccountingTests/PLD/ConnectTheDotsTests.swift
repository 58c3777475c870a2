// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// What connecting the dots promises of every law, direction and step: no mass is lost, none moves down, and no hockey stick is lower.
struct ConnectTheDotsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let law: LossLaw
        let direction: LossDirection
        var testDescription: String { "\(law.mechanism) q \(law.samplingProbability) \(direction)" }
    }

    static let laws: [LossLaw] = [
        LossLaw(.gaussian(noiseMultiplier: 0.6)), LossLaw(.gaussian(noiseMultiplier: 2), samplingProbability: 0.3),
        LossLaw(.gaussian(noiseMultiplier: 1), samplingProbability: 1e-3), LossLaw(.laplace(scale: 1.5)),
        LossLaw(.laplace(scale: 0.5), samplingProbability: 0.2),
        LossLaw(.gaussianReplaceOne(noiseMultiplier: 1.3, samplingProbability: 0.4)),
        LossLaw(.discreteLaplace(scale: 2, sensitivity: 3), samplingProbability: 0.5),
        LossLaw(.discreteGaussian(variance: 3, sensitivity: 1), samplingProbability: 0.1),
        LossLaw(.randomizedResponse(noise: 0.4, buckets: 5), samplingProbability: 0.7),
        LossLaw(.approximate(epsilon: 1.1, delta: 1e-3), samplingProbability: 0.6),
    ]
    static let cases: [Case] = laws.flatMap { law in law.directions.map { Case(law: law, direction: $0) } }
    static let cut = LossGrid.Cut(above: 1e-30, below: 1e-30)

    static func hockeyStick(_ grid: LossGrid, _ epsilon: Double) -> Double {
        grid.masses.indices.reduce(grid.infinite) { sum, k in
            let loss = grid.loss(at: k)
            return loss > epsilon ? sum - grid.masses[k] * expm1(epsilon - loss) : sum
        }
    }

    @Test("P's mass is kept, rounded up, and places ascend", arguments: cases)
    func mass(subject: Case) throws {
        for step in [0.2, 0.05, 1e-2, 1e-3] {
            let grid = try #require(LossGrid(subject.law, subject.direction, .init(step: step), cut: Self.cut))
            #expect(grid.masses.count == grid.places.count)
            #expect(zip(grid.places, grid.places.dropFirst()).allSatisfy { $0 < $1 })
            #expect(grid.masses.allSatisfy { $0 >= 0 && $0.isFinite })
            let sum = grid.masses.reduce(grid.infinite, +)
            // Each cell is raised by some ulps, of its own size alone.
            #expect(sum >= 1 - 1e-13 && sum <= 1 + 1e-9, "step \(step): \(sum)")
        }
    }

    @Test("Q's mass, e^(−loss) times P's, is kept but for what went to +∞", arguments: cases)
    func otherMass(subject: Case) throws {
        for step in [0.05, 1e-3] {
            let grid = try #require(LossGrid(subject.law, subject.direction, .init(step: step), cut: Self.cut))
            let q = grid.masses.indices.reduce(0.0) { $0 + grid.masses[$1] * exp(-grid.loss(at: $1)) }
            // The lower tail is put on the first dot: there it stands for more of Q than it has, or Q has what P has not.
            #expect(q <= 1 + 1e-8, "step \(step): \(q)")
            let onlyQ = subject.law.hockeyStickOfTheOther(subject.direction)
            #expect(q >= 1 - onlyQ - 1e-6 - 2 * step * step, "step \(step): \(q)")
        }
    }

    @Test("at every ε the grid is at or above the law", arguments: cases)
    func dominates(subject: Case) throws {
        for step in [0.2, 0.03, 1e-3] {
            let grid = try #require(LossGrid(subject.law, subject.direction, .init(step: step), cut: Self.cut))
            for k in -40...80 {
                let epsilon = 0.0513 * Double(k)
                let exact = subject.law.hockeyStick(epsilon, subject.direction)
                let found = Self.hockeyStick(grid, epsilon)
                // The closed form is raised by up to some 10⁻¹⁴ itself.
                #expect(found >= exact - 1e-12 * max(1, exp(epsilon)), "step \(step), ε \(epsilon): \(found), \(exact)")
            }
        }
    }

    @Test("on a multiple of the step a continuous law's hockey stick is kept as it is", arguments: cases)
    func interpolates(subject: Case) throws {
        guard subject.law.mechanism.atoms == nil else { return }
        for step in [0.125, 0.03125] {
            let grid = try #require(LossGrid(subject.law, subject.direction, .init(step: step), cut: Self.cut))
            for k in -8...30 {
                let epsilon = step * Double(k)
                let exact = subject.law.hockeyStick(epsilon, subject.direction)
                #expect(
                    abs(Self.hockeyStick(grid, epsilon) - exact) < 1e-9 * max(1, exp(epsilon)), "step \(step), k \(k)")
            }
        }
    }

    @Test("half the step is never dearer", arguments: cases)
    func halving(subject: Case) throws {
        // A dot that is left out is a chord over two: the hockey stick is convex in e^ε.
        var before: LossGrid?
        for step in [0.25, 0.125, 0.0625, 0.03125] {
            let grid = try #require(LossGrid(subject.law, subject.direction, .init(step: step), cut: Self.cut))
            if let before {
                for k in -10...40 {
                    let epsilon = 0.0731 * Double(k)
                    #expect(
                        Self.hockeyStick(grid, epsilon) <= Self.hockeyStick(before, epsilon) + 1e-9
                            * max(1, exp(epsilon)))
                }
            }
            before = grid
        }
    }

    @Test("wider gaps far out cost no more than what they are chosen for", arguments: cases)
    func spacing(subject: Case) throws {
        guard subject.law.mechanism.atoms == nil else { return }
        for (tilt, tolerance) in [(1.0, 1e-3), (8, 1e-4), (30, 1e-3)] {
            let even = try #require(LossGrid(subject.law, subject.direction, .init(step: 1e-3), cut: Self.cut))
            let spacing = LossGrid.Spacing(step: 1e-3, tilt: tilt, tolerance: tolerance)
            let wide = try #require(LossGrid(subject.law, subject.direction, spacing, cut: Self.cut))
            #expect(wide.places.count <= even.places.count)
            for k in 0...40 {
                let epsilon = 0.0731 * Double(k)
                // Not against the even grid, whose many cells are raised by more rounding.
                let exact = subject.law.hockeyStick(epsilon, subject.direction)
                #expect(Self.hockeyStick(wide, epsilon) >= exact - 1e-12)
            }
            let (a, b) = (even.logMoment(tilt), wide.logMoment(tilt))
            #expect(b >= a - 1e-12)
            // θ(θ+1)·g²/12 of the tilted mass; against the moment itself, or against 1 where that is small.
            #expect(expm1(b - a) <= 3 * tolerance * max(1, a), "θ \(tilt): \(a), \(b)")
        }
    }

    @Test("gaps end at 0 and at the end, never beyond, and grow with the distance")
    func gaps() {
        let spacing = LossGrid.Spacing(step: 1e-3, tilt: 1, tolerance: 1e-2)
        var (index, last) = (-20_000, 0)
        var seen: [Int] = []
        while index < 20_000 {
            let gap = spacing.gap(after: index, end: 20_000)
            #expect(gap >= 1 && index + gap <= 20_000)
            if index < 0 { #expect(index + gap <= 0) }
            if index > 0, index + gap < 20_000 { #expect(gap >= last || index + gap == 20_000) }
            last = index >= 0 ? gap : 0
            seen.append(index)
            index += gap
        }
        #expect(index == 20_000 && seen.contains(0))
        // Far fewer dots than multiples.
        #expect(seen.count < 2_000)
        let even = LossGrid.Spacing(step: 0.1)
        #expect((0..<10).allSatisfy { even.gap(after: $0, end: 100) == 1 })
    }

    @Test("a deep cut and a shallow one differ by what is cut", arguments: cases)
    func cuts(subject: Case) throws {
        let deep = try #require(LossGrid(subject.law, subject.direction, .init(step: 0.01), cut: Self.cut))
        for size in [1e-3, 1e-8] {
            let cut = LossGrid.Cut(above: size, below: size)
            let grid = try #require(LossGrid(subject.law, subject.direction, .init(step: 0.01), cut: cut))
            #expect(grid.places.count <= deep.places.count)
            for k in 0...30 {
                let epsilon = 0.1 * Double(k)
                let (a, b) = (Self.hockeyStick(deep, epsilon), Self.hockeyStick(grid, epsilon))
                #expect(b >= a - 1e-12 && b <= a + 2 * size + 1e-12, "ε \(epsilon): \(a), \(b)")
            }
        }
    }
}

extension LossLaw {
    /// Q's mass where P has none.
    fileprivate func hockeyStickOfTheOther(_ direction: LossDirection) -> Double {
        guard let atoms = mechanism.atoms else { return 0 }
        let onlyQ = atoms.reduce(0) { $0 + ($1.p == 0 ? $1.q : 0) }
        return direction == .remove ? onlyQ : onlyQ * samplingProbability
    }
}
