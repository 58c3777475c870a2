// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Convolutions of arbitrary masses, and δ read off them, against their definitions in 31 digits.
struct ComposedLossReferenceTests {
    /// Masses on a grid, at random or with a shape that makes transforms suffer.
    static func grid(_ shape: String, step: Double, _ generator: inout SeededGenerator) -> LossGrid {
        let places = Array(-9...12)
        var masses = places.map { place -> Double in
            switch shape {
            case "random": Double.random(in: 0...1, using: &generator)
            case "steep": exp(-3.1 * Double(place + 9))
            case "tiny tail": place > 8 ? 1e-14 : 1
            case "two humps": place < -6 || place > 10 ? 1 : 1e-9
            default: place == 0 ? 1 : 1e-6
            }
        }
        let sum = masses.reduce(0, +)
        masses = masses.map { $0 / sum * (1 - 1e-7) }
        return LossGrid(step: step, places: places, masses: masses, infinite: 1e-7)
    }

    /// The composition by its definition.
    static func convolution(_ grids: [(grid: LossGrid, count: Int)]) -> (lowest: Int, masses: [Twofold]) {
        var (lowest, masses) = (0, [Twofold.one])
        for (grid, count) in grids {
            let one = grid.masses.map { Twofold($0) }
            for _ in 0..<count {
                var next = [Twofold](repeating: .zero, count: masses.count + one.count - 1)
                for i in masses.indices { for j in one.indices { next[i + j] += masses[i] * one[j] } }
                masses = next
                lowest += grid.places[0]
            }
        }
        return (lowest, masses)
    }

    static func delta(_ law: (lowest: Int, masses: [Twofold]), step: Double, infinite: Twofold, _ epsilon: Double)
        -> Twofold
    {
        var sum = infinite
        for (k, mass) in law.masses.enumerated() {
            let gap = Twofold(epsilon) - Twofold(step) * Twofold(Double(law.lowest + k))
            if gap.head < 0 { sum += mass * -Twofold.expm1(gap) }
        }
        return sum
    }

    static let shapes = ["random", "steep", "tiny tail", "two humps", "needle"]

    @Test(
        "δ of up to 24 releases at tilts of all kinds: at or above the definition, and near it at a sensible one",
        arguments: shapes)
    func powers(shape: String) throws {
        var generator = SeededGenerator(seed: 90)
        let step = 0.0625
        let grid = Self.grid(shape, step: step, &generator)
        for count in [1, 2, 5, 24] {
            let exactly = Self.convolution([(grid, count)])
            let infinite = Twofold.one - (Twofold.one - Twofold(1e-7)).power(count)
            for tilt in [0.0, 1, 6, 20] {
                var convolution = LossConvolution()
                let start = exactly.lowest - 3
                let answer = convolution.compose(
                    [.init(grid: grid, count: count)], tilt: tilt, start: start, points: 1024, beyond: 0)
                let composed = try #require(answer)
                for index in stride(from: exactly.lowest, to: exactly.lowest + exactly.masses.count, by: 3) {
                    for shift in [0, 0.31] {
                        let epsilon = step * (Double(index) + shift)
                        let exact = Self.delta(exactly, step: step, infinite: infinite, epsilon).double
                        let found = composed.delta(epsilon)
                        #expect(
                            found >= exact * (1 - 1e-13),
                            "\(shape) × \(count), θ \(tilt), ε \(epsilon): \(found), \(exact)")
                        // Between points it is the chord in e^ε, which the definition is as well.
                        if tilt == 1, epsilon >= 0 {
                            #expect(found <= exact * (1 + 1e-9) + 1e-12, "\(shape) × \(count), ε \(epsilon)")
                        }
                    }
                }
            }
        }
    }

    @Test("different masses in one product, whatever their order", arguments: shapes)
    func products(shape: String) throws {
        var generator = SeededGenerator(seed: 91)
        let step = 0.03125
        let (a, b) = (Self.grid(shape, step: step, &generator), Self.grid("random", step: step, &generator))
        let exactly = Self.convolution([(a, 3), (b, 2)])
        let infinite = Twofold.one - (Twofold.one - Twofold(1e-7)).power(5)
        for order in [[(a, 3), (b, 2)], [(b, 2), (a, 3)], [(b, 1), (a, 3), (b, 1)]] {
            var convolution = LossConvolution()
            let parts = order.map { LossConvolution.Part(grid: $0.0, count: $0.1) }
            let answer = convolution.compose(parts, tilt: 2, start: exactly.lowest, points: 256, beyond: 0)
            let composed = try #require(answer)
            for k in -20...50 {
                let epsilon = 0.0413 * Double(k)
                let exact = Self.delta(exactly, step: step, infinite: infinite, epsilon).double
                guard epsilon > step * Double(exactly.lowest) else { continue }
                let found = composed.delta(epsilon)
                #expect(found >= exact * (1 - 1e-13) && found <= exact * (1 + 1e-9) + 1e-12, "\(shape), ε \(epsilon)")
            }
        }
    }

    @Test("what is beyond a window is added to every δ, and nothing is below it", arguments: shapes)
    func beyond(shape: String) throws {
        var generator = SeededGenerator(seed: 92)
        let grid = Self.grid(shape, step: 0.0625, &generator)
        let exactly = Self.convolution([(grid, 4)])
        for beyond in [0, 1e-9, 1e-3, 0.5] {
            var convolution = LossConvolution()
            let answer = convolution.compose(
                [.init(grid: grid, count: 4)], tilt: 1, start: exactly.lowest, points: 128, beyond: beyond)
            let composed = try #require(answer)
            #expect(composed.extra >= beyond)
            #expect(composed.delta(100) == min(1, composed.extra))
            #expect(composed.delta(0.0625 * Double(exactly.lowest - 5)) == 1)
            // ε at a δ that is less than what no ε takes away.
            #expect(composed.epsilon(delta: composed.extra).epsilon == .infinity)
        }
    }

    @Test("ε at δ is the least ε of the composition, from above", arguments: shapes)
    func inverse(shape: String) throws {
        var generator = SeededGenerator(seed: 93)
        let grid = Self.grid(shape, step: 0.0625, &generator)
        let exactly = Self.convolution([(grid, 6)])
        let infinite = Twofold.one - (Twofold.one - Twofold(1e-7)).power(6)
        var convolution = LossConvolution()
        let answer = convolution.compose(
            [.init(grid: grid, count: 6)], tilt: 1, start: exactly.lowest - 1, points: 256, beyond: 0)
        let composed = try #require(answer)
        for exponent in stride(from: 0.2, through: 6, by: 0.35) {
            let delta = pow(10, -exponent)
            let (epsilon, isInside) = composed.epsilon(delta: delta)
            #expect(isInside)
            #expect(Self.delta(exactly, step: 0.0625, infinite: infinite, epsilon).double <= delta * (1 + 1e-12))
            if epsilon > 0 {
                let less = Self.delta(exactly, step: 0.0625, infinite: infinite, epsilon * (1 - 1e-7) - 1e-9).double
                #expect(less >= delta * (1 - 1e-9), "\(shape), δ \(delta)")
            }
        }
    }
}
