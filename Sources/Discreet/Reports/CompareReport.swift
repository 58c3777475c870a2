// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import Evaluation

/// Kinds of models over ε, on public data.
public struct CompareReport: Encodable, Sendable {
    /// One kind at one ε.
    public struct Row: Encodable, Sendable {
        /// Over the runs.
        public struct Figure: Encodable, Sendable {
            public let mean: Double
            public let least: Double
            public let greatest: Double

            init(_ values: [Double]) {
                mean = values.reduce(0, +) / Double(max(values.count, 1))
                (least, greatest) = (values.min() ?? 0, values.max() ?? 0)
            }
        }
        public let kind: String
        public let epsilon: EpsilonAmount
        /// By name: `recall@20`.
        public let metrics: [String: Figure]
        /// Beside accuracy.
        public let beyond: [String: Figure]

        init(kind: String, epsilon: EpsilonAmount, figures: [TrialFigures]) {
            func collect(_ values: [[String: Double]]) -> [String: Figure] {
                Dictionary(grouping: values.flatMap { $0 }, by: \.key).mapValues { Figure($0.map(\.value)) }
            }
            (self.kind, self.epsilon) = (kind, epsilon)
            metrics = collect(figures.map(\.metrics.named))
            beyond = collect(figures.map(\.beyond))
        }

        private enum Keys: String, CodingKey { case model, epsilon, metrics, beyond }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(kind, forKey: .model)
            if epsilon.isInfinite {
                try container.encode("infinity", forKey: .epsilon)
            } else {
                try container.encode(epsilon.value, forKey: .epsilon)
            }
            try container.encode(metrics, forKey: .metrics)
            try container.encode(beyond, forKey: .beyond)
        }
    }
    /// What costs nobody anything, or is not private at all: the same at every ε.
    public struct Line: Encodable, Sendable {
        public let name: String
        public let metrics: [String: Double]
        public let beyond: [String: Double]
    }
    public let runs: Int
    /// Users with at least one test item. The data were declared public.
    public let users: Int
    public let rows: [Row]
    public let lines: [Line]
}
