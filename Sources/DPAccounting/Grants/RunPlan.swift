// SPDX-License-Identifier: Apache-2.0

/// The releases of one run, in order, fixed before the first of them.
public struct RunPlan: Hashable, Codable, Sendable {
    /// The same event, several times in a row.
    public struct Stretch: Hashable, Codable, Sendable {
        public let event: PrivacyEvent
        /// How often, at least once.
        public let count: Int
        /// Most steps of a stretch that is read from a file: sums of such counts cannot overflow.
        static let mostSteps = 1 << 32

        public init(event: PrivacyEvent, count: Int) {
            precondition(count >= 1, "a stretch has at least one step")
            self.event = event
            self.count = count
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            event = try container.decode(PrivacyEvent.self, forKey: .event)
            count = try container.decode(Int.self, forKey: .count)
            guard (1...Self.mostSteps).contains(count) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .count, in: container, debugDescription: "a stretch has 1 to 2³² steps")
            }
        }
    }

    public let stretches: [Stretch]

    public init(_ stretches: [Stretch]) { self.stretches = stretches }

    /// A plan of one release.
    public init(_ event: PrivacyEvent) { self.init([Stretch(event: event, count: 1)]) }

    /// How many releases the plan has.
    public var stepCount: Int { stretches.reduce(0) { $0 + $1.count } }

    /// The event of step `index`, counted from 0.
    public func event(at index: Int) -> PrivacyEvent {
        var rest = index
        for stretch in stretches {
            if rest < stretch.count { return stretch.event }
            rest -= stretch.count
        }
        preconditionFailure("step \(index) of a plan of \(stepCount)")
    }

    /// The first `steps` releases: what a run that ended early has made.
    public func prefix(_ steps: Int) -> RunPlan {
        var rest = steps
        var kept: [Stretch] = []
        for stretch in stretches where rest > 0 {
            kept.append(Stretch(event: stretch.event, count: min(rest, stretch.count)))
            rest -= stretch.count
        }
        return RunPlan(kept)
    }
}
