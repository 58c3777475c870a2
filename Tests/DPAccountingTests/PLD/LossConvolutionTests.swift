// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct LossConvolutionTests {
    /// A law on few points, some below 0, with mass at +∞.
    static let small = LossGrid(
        step: 0.125, places: [-3, -1, 0, 2, 5], masses: [0.1, 0.3, 0.25, 0.25, 0.09], infinite: 0.01)
    static let other = LossGrid(step: 0.125, places: [-1, 1, 4], masses: [0.4, 0.5, 0.1], infinite: 0)

    /// The convolution by its definition, index to mass.
    static func direct(_ parts: [(LossGrid, Int)]) -> (masses: [Int: Double], infinite: Double) {
        var sum: [Int: Double] = [0: 1]
        var finite = 1.0
        for (grid, count) in parts {
            for _ in 0..<count {
                var next: [Int: Double] = [:]
                for (place, mass) in sum {
                    for k in grid.places.indices { next[place + grid.places[k], default: 0] += mass * grid.masses[k] }
                }
                sum = next
                finite *= 1 - grid.infinite
            }
        }
        return (sum, 1 - finite)
    }

    static func composed(
        _ parts: [LossConvolution.Part], tilt: Double, start: Int, points: Int, beyond: Double
    ) throws -> ComposedLoss {
        var convolution = LossConvolution()
        let loss = convolution.compose(parts, tilt: tilt, start: start, points: points, beyond: beyond)
        return try #require(loss)
    }

    static func delta(_ law: (masses: [Int: Double], infinite: Double), step: Double, _ epsilon: Double) -> Double {
        law.masses.sorted { $0.key < $1.key }.reduce(law.infinite) { sum, entry in
            let loss = step * Double(entry.key)
            return loss > epsilon ? sum + entry.value * -expm1(epsilon - loss) : sum
        }
    }

    @Test("the composition is the convolution of the definition, at every tilt", arguments: [0, 0.25, 1, 4, 16])
    func matchesTheDefinition(tilt: Double) throws {
        let exact = Self.direct([(Self.small, 6), (Self.other, 3)])
        // From −21 to 42 steps: all of it fits.
        let found = try Self.composed(
            [.init(grid: Self.small, count: 6), .init(grid: Self.other, count: 3)], tilt: tilt, start: -22,
            points: 128, beyond: 0)
        for epsilon in stride(from: 0.0, through: 5.5, by: 0.0625) {
            let truth = Self.delta(exact, step: 0.125, epsilon)
            // Never below; above by the bounds of a transform of 128 points, amplified by the tilt away from the answer.
            #expect(found.delta(epsilon) >= truth * (1 - 1e-15))
            if tilt <= 4 { #expect(found.delta(epsilon) <= truth + (tilt > 2 ? 1e-9 : 1e-12), "\(tilt) \(epsilon)") }
        }
    }

    @Test("the tilt keeps the digits of a tiny δ")
    func tinyDelta() throws {
        let exact = Self.direct([(Self.other, 12)])
        let part = LossConvolution.Part(grid: Self.other, count: 12)
        let truth = Self.delta(exact, step: 0.125, 5.9)
        #expect(truth < 1e-12)
        let flat = try Self.composed([part], tilt: 0, start: -16, points: 128, beyond: 0)
        let tilted = try Self.composed([part], tilt: 8, start: -16, points: 128, beyond: 0)
        #expect(tilted.delta(5.9) >= truth && tilted.delta(5.9) <= truth * (1 + 1e-8))
        // Without it the bound of the rounding alone is more than δ: still valid, but of no use.
        #expect(flat.delta(5.9) > 3 * truth)
    }

    @Test("the ℓ2 bound of the error holds, and is not absurd", arguments: [1, 7, 100, 5000])
    func errorBoundHolds(count: Int) throws {
        // δ at the window's bottom by two tilts: both within their bounds of one another.
        let part = LossConvolution.Part(grid: Self.other, count: count)
        let root = Double(count).squareRoot()
        let points = 32 << Int(log2(Double(6 * count)))
        let a = try Self.composed([part], tilt: 0.5 / root, start: -count - 1, points: points, beyond: 0)
        let b = try Self.composed([part], tilt: 0.75 / root, start: -count - 1, points: points, beyond: 0)
        let mean = 0.125 * 0.5 * Double(count)
        for epsilon in [mean, mean + 0.1 * root] {
            #expect(abs(a.logDelta(epsilon) - b.logDelta(epsilon)) < 1e-9 * Double(count) + 1e-10)
        }
        #expect(a.error < 1e-13 * Double(count) + 1e-14)
    }

    @Test("what is folded into too small a window only adds to δ")
    func foldingIsPessimistic() throws {
        let exact = Self.direct([(Self.small, 8)])
        let part = LossConvolution.Part(grid: Self.small, count: 8)
        for start in [-8, 0, 8] {
            // 32 points of 65; above the window the masses are given as `beyond`.
            let top = start + 31
            let beyond = exact.masses.filter { $0.key > top }.reduce(0) { $0 + $1.value }
            let found = try Self.composed([part], tilt: 1, start: start, points: 32, beyond: beyond)
            for epsilon in stride(from: 0.0, through: 4.5, by: 0.11) {
                #expect(found.delta(epsilon) >= Self.delta(exact, step: 0.125, epsilon) * (1 - 1e-14))
            }
        }
    }

    @Test("ε and δ are inverse to each other, outward")
    func roundTrip() throws {
        let part = LossConvolution.Part(grid: Self.other, count: 20)
        let found = try Self.composed([part], tilt: 2, start: -22, points: 256, beyond: 0)
        for delta in [0.3, 1e-2, 1e-5, 1e-9] {
            let epsilon = found.epsilon(delta: delta).epsilon
            #expect(found.delta(epsilon) <= delta * (1 + 1e-12))
            #expect(found.delta(epsilon - 1e-6) > delta)
        }
    }

    @Test("mass at infinity: no ε is enough below it, and it adds to δ everywhere")
    func infiniteMass() throws {
        let part = LossConvolution.Part(grid: Self.small, count: 5)
        let found = try Self.composed([part], tilt: 1, start: -16, points: 64, beyond: 0)
        let infinite = 1 - 0.99 * 0.99 * 0.99 * 0.99 * 0.99
        #expect(found.epsilon(delta: infinite * 0.999).epsilon == .infinity)
        #expect(found.epsilon(delta: infinite * 1.001).epsilon.isFinite)
        #expect(abs(found.delta(100) - infinite) < 1e-14)
    }

    @Test("beyond the last loss nothing is left, and at it only rounding")
    func beyondTheLargestLoss() throws {
        let part = LossConvolution.Part(grid: Self.other, count: 4)
        let found = try Self.composed([part], tilt: 3, start: -15, points: 32, beyond: 0)
        #expect(found.delta(2) < 1e-15)
        #expect(found.delta(2.0001) == 0)
        #expect(found.logDelta(50) == -.infinity)
    }

    @Test("an absurd tilt is useless but valid; an absurd count is refused")
    func extremes() throws {
        let part = LossConvolution.Part(grid: Self.other, count: 4)
        let steep = try Self.composed([part], tilt: 1e6, start: -16, points: 64, beyond: 0)
        #expect(steep.delta(0.3) >= Self.delta(Self.direct([(Self.other, 4)]), step: 0.125, 0.3))
        var convolution = LossConvolution()
        let huge = LossConvolution.Part(grid: Self.other, count: .max)
        #expect(convolution.compose([huge], tilt: 1, start: 0, points: 64, beyond: 0) == nil)
    }
}
