// SPDX-License-Identifier: Apache-2.0

import DPAccounting

/// Everything that decides a training of `graph` beside the data and the noise. Public numbers, all of them.
public struct GraphConfiguration: Hashable, Codable, Sendable {
    /// The releases that propose the graph; their shares are of what the edges leave.
    public var spectral: SpectralConfiguration
    /// e: share of the privacy (of μ², Gaussian DP) for the edges. At 0 the model is that of `spectral`.
    public var edgeShare: Double
    /// K: how many neighbours each item proposes.
    public var neighbours: Int
    /// w_p: how much of an edge is what the proposal makes likely.
    public var priorWeight: Double
    /// w_d: how much of it is what the release says beyond that.
    public var edgeWeight: Double
    /// How many newer own items take an own item's weight down to 1/e; 0: all weigh alike.
    public var recency: Double

    /// Whether edges are released.
    var hasEdges: Bool { edgeShare > 0 && spectral.learnsTaste }

    /// The most pairs that can be proposed, whatever the releases are: what is paid for.
    var mostPairs: Int { min(spectral.itemCount * neighbours, spectral.itemCount * (spectral.itemCount - 1) / 2) }

    /// What a certificate has to say about the model, by public numbers.
    public var notes: [String] {
        if hasEdges || !spectral.learnsTaste { return spectral.notes }
        return [
            "With this N and epsilon no edge can be told from noise: the graph is what the spectral factors say alone."
        ]
    }

    /// Whether every number is one that a training or a list can work with; an artifact is asked before it is used.
    var isValid: Bool {
        spectral.isValid && (0..<1).contains(edgeShare) && (0...4096).contains(neighbours)
            && [priorWeight, edgeWeight, recency].allSatisfy { $0 >= 0 && $0.isFinite }
    }
}

extension GraphConfiguration {
    /// The defaults: one rule for every data set, of ε, N, the number of items and whether there are features.
    ///
    /// Edges are released where the signal N·μ is at least .4 for each item, and ε above 1. As in `SpectralConfiguration` the
    /// bounds stand for the ε that was asked, of which a count of N may have taken a hundredth.
    init(defaultsFor numbers: PlanningNumbers, featureColumns: Int, titleWords: Bool) {
        let (epsilon, items) = (numbers.epsilon.value, numbers.itemCount)
        var spectral = SpectralConfiguration(
            defaultsFor: numbers, featureColumns: featureColumns, titleWords: titleWords)
        let signal = Double(numbers.nominalUsers) * numbers.mu
        let hasEdges = spectral.learnsTaste && epsilon > 1 && signal >= 0.4 * Double(items) && items > 1
        let isLarge = items > 10_000
        if hasEdges && isLarge {
            let generous = epsilon >= 2.95
            (spectral.popularityShare, spectral.headShare) = (0.05, 0.3)
            (spectral.headItems, spectral.rank, spectral.steps) = (generous ? 1500 : 1000, generous ? 48 : 32, 1)
        }
        let isFree = numbers.epsilon.isInfinite
        if isFree {
            // Nothing is lost in noise: as much as memory and time allow.
            (spectral.rank, spectral.steps, spectral.headShare) = (200, 3, 0.25)
            spectral.headItems = min(isLarge ? 3000 : 2000, items)
        }
        self.init(
            spectral: spectral, edgeShare: hasEdges ? isLarge ? 0.5 : 0.25 : 0,
            neighbours: isFree ? isLarge ? 200 : 1024 : isLarge && epsilon < 7.9 ? 50 : 100,
            priorWeight: isLarge ? 0.3 : 0.5,
            edgeWeight: isLarge ? 3 : 1, recency: 0)
    }
}
