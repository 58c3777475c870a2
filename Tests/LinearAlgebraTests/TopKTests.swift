// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra
import TestSupport
import Testing

struct TopKTests {
    @Test func breaksTiesByTheLowerPosition() {
        let scores: [Float] = [1, 3, 3, 2, 3, 1]
        #expect(topK(scores.span, 2) == [1, 2])
        #expect(topK(scores.span, 4) == [1, 2, 4, 3])
        #expect(topK(scores.span, 9) == [1, 2, 4, 3, 0, 5])
    }

    @Test func leavesOutWhatIsMaskedOrNotANumber() {
        let scores: [Float] = [.nan, -.infinity, -5, .infinity, .nan]
        #expect(topK(scores.span, 5) == [3, 2])
        #expect(topK(scores.span, 0) == [])
        #expect(topK([Float]().span, 3) == [])
    }

    @Test("agrees with a stable sort", arguments: 0..<20 as Range<UInt64>)
    func agreesWithASort(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Few distinct values, so that ties are everywhere.
        let scores = (0..<500).map { _ in Float(Int.random(in: 0..<30, using: &generator)) }
        let sorted = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        for k in [1, 7, 50, 499] { #expect(topK(scores.span, k) == Array(sorted.prefix(k))) }
    }
}
