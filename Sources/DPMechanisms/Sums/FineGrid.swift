// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// The grids of a Gaussian sum: data and noise on the fine one, the release on the output grid. Public numbers alone decide.
struct FineGrid {
    /// C.
    let clippingNorm: Double
    /// g = 2^exponent, the least power of two at or above C·2⁻⁴⁰.
    let exponent: Int
    private let noise: FastGaussian?

    /// σ = noiseMultiplier·C is rounded up, so that the noise is never less than what was paid for.
    init(_ event: GaussianSumEvent) throws(DoorError) {
        let c = event.clippingNorm
        guard c >= 0x1p-500, c <= 0x1p500 else {
            throw .unsupportedEvent("the clipping norm is not between 2⁻⁵⁰⁰ and 2⁵⁰⁰")
        }
        clippingNorm = c
        exponent = Int(c.exponent) + (c.significand == 1 ? 0 : 1) - 40
        if event.noiseMultiplier == 0 {
            noise = nil
            return
        }
        let product = event.standardDeviation
        let sigma = product.addingProduct(-event.noiseMultiplier, c) < 0 ? product.nextUp : product
        guard event.noiseMultiplier >= 0x1p-5, event.noiseMultiplier <= 0x1p15,
            let noise = FastGaussian(standardDeviation: sigma, gridExponent: exponent)
        else { throw .unsupportedEvent("the noise multiplier is neither zero nor between 2⁻⁵ and 2¹⁵") }
        self.noise = noise
    }

    /// g.
    var granularity: Double { Double(sign: .plus, exponent: exponent, significand: 1) }
    /// The bits between the grids.
    private var outputBits: Int { noise?.binBits ?? 0 }
    /// The step of the output grid: the power of two in (σ/32, σ/16]; g without noise.
    var outputGranularity: Double { Double(sign: .plus, exponent: exponent + outputBits, significand: 1) }

    /// C in steps, rounded down: at most 2⁴⁰.
    var clippingSteps: UInt64 { UInt64(clippingNorm / granularity) }

    /// ⌊(sum + z)/W + ½⌋ for each coordinate, z fresh noise of its own. Exact: |z| < 2⁶², |sum| < 2¹²⁶.
    func release<Words: WordSource & ~Copyable>(_ sum: consuming ExactSum, using words: inout Words) -> [Int64] {
        guard let noise else {
            let sum = sum
            return (0..<sum.count).map { Int64(clamping: sum.value(at: $0)) }
        }
        if sum.isNarrow {
            var steps = sum.takenBlock()  // in the sum's own memory
            noise.addRounded(to: &steps, using: &words)
            return steps
        }
        // b = ⌊b/W⌋·W + rest: the rest gets the noise in Int64, the quotient is added to it.
        let sum = sum
        let bits = Int128(noise.binBits)
        let mask = Int128(1) << bits - 1
        var steps = (0..<sum.count).map { Int64(sum.value(at: $0) & mask) }
        noise.addRounded(to: &steps, using: &words)
        for index in steps.indices {
            steps[index] = Int64(clamping: (sum.value(at: index) >> bits) + Int128(steps[index]))
        }
        return steps
    }
}
