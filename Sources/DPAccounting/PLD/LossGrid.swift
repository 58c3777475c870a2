// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The loss of one release in one direction, moved onto a grid: masses (under P, never below the true ones) on
/// offset + step·(first + k), and what is at +∞.
///
/// Its hockey-stick divergence is at or above the true one at every ε, and so is that of any composition (Doroshenko,
/// Ghazi, Kamath, Kumar, Manurangsi 2022, arXiv:2207.04380, Section 3): it is a pessimistic privacy loss distribution.
struct LossGrid: Hashable, Sendable {
    var offset = 0.0
    let step: Double
    /// Places k in ascending order: the loss is offset + step·k.
    let places: [Int]
    /// P's mass there.
    let masses: [Double]
    /// P's mass at +∞.
    let infinite: Double

    /// More points than this are not laid out.
    static let mostPoints = 1 << 20

    func loss(at k: Int) -> Double { offset + step * Double(places[k]) }
    var largest: Double { places.last.map { offset + step * Double($0) } ?? 0 }
    var smallest: Double { places.first.map { offset + step * Double($0) } ?? 0 }

    /// ln Σ masses·e^(θ·loss), the log moment of what is finite.
    func logMoment(_ theta: Double) -> Double {
        let shift = max(0, max(theta * largest, theta * smallest) - 600)
        var sum = 0.0
        for k in masses.indices { sum += masses[k] * exp(theta * loss(at: k) - shift) }
        return log(sum) + shift
    }
}

/// The log moment K(θ) of a loss, K′(θ) and K″(θ); they add under composition.
struct TiltedMoments: Hashable, Sendable {
    var log = 0.0
    var mean = 0.0
    var variance = 0.0

    mutating func add(_ other: TiltedMoments, times count: Double) {
        log += count * other.log
        mean += count * other.mean
        variance += count * other.variance
    }
}
