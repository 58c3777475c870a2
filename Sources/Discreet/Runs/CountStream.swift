// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPMechanisms
import Interactions
import Records

/// A stream of item counts as it was opened. Public, every field.
struct CountStream: Codable {
    static let defaultPeriods = 64
    /// What one member's part can hold: 64 KiB, 8 bytes an item.
    static let mostItemsPerUser = 8000

    let name: String
    /// The run that opened it; every period has a run named after it.
    let opening: RunID
    let mechanism: CountRequest.Mechanism
    let epsilon: EpsilonAmount
    let delta: DeltaAmount
    let plan: StreamPlan

    /// Laplace noise goes on the nodes of a tree; Gaussian noise on the rows of the square root of the prefix sums, which costs less.
    init(
        name: String, opening: RunID, mechanism: CountRequest.Mechanism, epsilon: EpsilonAmount, delta: DeltaAmount,
        items: Int, periods: Int, perUser: Int
    ) throws {
        (self.name, self.opening, self.mechanism) = (name, opening, mechanism)
        (self.epsilon, self.delta) = (epsilon, delta)
        switch mechanism {
        case .laplace:
            guard (1...(1 << 20)).contains(periods) else { throw Self.badPeriods(1 << 20) }
            let bound = StreamPlan.treeBound(itemsPerUser: perUser, periods: periods)
            let scale = try Calibration.discreteLaplaceScale(epsilon: epsilon, l1: bound.l1Sensitivity)
            plan = try StreamPlan(
                .tree, event: .discreteLaplace(DiscreteLaplaceEvent(scale: scale, bound: bound, dimension: items)),
                itemCount: items, periods: periods, itemsPerUser: perUser)
        case .gaussian:
            guard (1...(1 << 10)).contains(periods) else { throw Self.badPeriods(1 << 10) }
            let noise = try Calibration.noiseMultiplier(
                epsilon: epsilon, delta: delta, steps: 1, dimension: items * periods)
            plan = try StreamPlan(
                .squareRoot(band: periods),
                event: StreamPlan.squareRootEvent(noiseMultiplier: noise, itemCount: items, periods: periods),
                itemCount: items, periods: periods, itemsPerUser: perUser)
        }
    }

    private static func badPeriods(_ most: Int) -> DiscreetError {
        DiscreetError(
            .usage, "A stream of this mechanism has 1 to \(most) periods (--periods)", hint: "For example --periods 64."
        )
    }

    let kind = BudgetLedger.streamKind

    /// The run of a period: the whole stream's plan and price, for those who come into it then.
    func run(ofPeriod period: Int) -> PlannedRun {
        PlannedRun(
            kind: kind, purpose: .statistics, plan: RunPlan(plan.event), epsilon: epsilon, delta: delta,
            run: BudgetLedger.run(ofPeriod: period, of: opening))
    }

    func note(onPeriod period: Int) -> String {
        """
        Period \(period) of \(plan.periods) of one stream: whoever is counted in it pays its cost once, on coming into it, for all \
        releases of all its periods; who left it and comes back pays again.
        """
    }

    private enum CodingKeys: String, CodingKey { case name, opening, mechanism, epsilon, delta, plan }
}

extension CountRequest.Mechanism: Codable {}

/// A stream with what it has released: the document that the ledger keeps. Public.
struct KeptStream {
    let stream: CountStream
    let released: ContinualCounts.Released
    /// Up to the end of the latest period, in the order of the catalogue.
    let counts: [Int64]
    let certificate: JSONValue
    /// The caller's word for the latest period.
    let reference: String?
    /// The latest period's run.
    let lastRun: RunID
    var isEnded = false
    var document: JSONValue = .null

    static func key(_ name: String) -> String { "stream/\(name)" }

    init(
        stream: CountStream, released: ContinualCounts.Released, counts: [Int64], certificate: JSONValue,
        reference: String?, lastRun: RunID
    ) {
        (self.stream, self.released, self.counts) = (stream, released, counts)
        (self.certificate, self.reference, self.lastRun) = (certificate, reference, lastRun)
    }

    /// - Throws: where the document is not what `json` makes.
    init(_ document: JSONValue, name: String) throws {
        guard let stream = try document["stream"]?.decode(CountStream.self), stream.name == name,
            let closed = document["closed"]?.integerValue.flatMap(Int.init(exactly:)), closed >= 1,
            let vectors = document["vectors"]?.arrayValue?.map(Self.integers), !vectors.contains(where: { $0 == nil }),
            let counts = Self.integers(document["counts"] ?? .null), let certificate = document["certificate"]
        else { throw LedgerGap.noStep }
        self.init(
            stream: stream, released: .init(closed: closed, vectors: vectors.compactMap(\.self)), counts: counts,
            certificate: certificate, reference: document["reference"]?.stringValue,
            lastRun: BudgetLedger.run(ofPeriod: closed, of: stream.opening))
        isEnded = document["ended"]?.boolValue == true
        self.document = document
    }

    func json() throws -> JSONValue {
        var members: [String: JSONValue] = [
            "stream": try JSONValue(encoding: stream), "closed": .integer(Int64(released.closed)),
            "vectors": .array(released.vectors.map(Self.strings)), "counts": Self.strings(counts),
            "certificate": certificate,
        ]
        if let reference { members["reference"] = .string(reference) }
        return .object(members)
    }

    /// A stream goes on as it was opened.
    func refuseOther(_ request: StreamRequest) throws {
        let isSame =
            (request.epsilon ?? stream.epsilon) == stream.epsilon
            && (request.mechanism ?? stream.mechanism) == stream.mechanism
            && (request.delta ?? stream.delta) == stream.delta
            && (request.periods ?? stream.plan.periods) == stream.plan.periods
            && (request.maxItemsPerUser ?? stream.plan.itemsPerUser) == stream.plan.itemsPerUser
        guard isSame else {
            throw DiscreetError(
                .usage, "The stream was opened with other numbers (\(stream.name))",
                hint: "Leave them out to go on with it, or open another under another name (--stream).")
        }
    }

    // Counts may be beyond 2⁵³: strings, as in every document.
    private static func strings(_ values: [Int64]) -> JSONValue { .array(values.map { .string(String($0)) }) }
    private static func integers(_ value: JSONValue) -> [Int64]? {
        guard let texts = value.arrayValue else { return nil }
        let values = texts.compactMap { $0.stringValue.flatMap { Int64($0) } }
        return values.count == texts.count ? values : nil
    }
}
