// SPDX-License-Identifier: Apache-2.0

/// What became of the rows: CONTRACT's `ingest` document. Exact figures of real people: for the operator only.
public struct IngestReport: Codable, Equatable, Sendable {
    /// Rows with any content, header left out; the sum of the next five.
    public var read = 0
    /// New events, sealed.
    public var accepted = 0
    /// Events that were there already, or whose user was erased.
    public var duplicates = 0
    /// New events of unknown items, sealed in their users' own records until the item is in the catalogue; 0 unless the policy keeps them.
    public var pending = 0
    public var rejected = 0
    /// Rows of users whose stored record is damaged: left out, so that nothing is overwritten. `discreet verify` names it.
    public var damaged = 0
    /// Every reason of `RejectionReason`, also those with 0.
    public var rejectedBy: [String: Int] = Dictionary(
        uniqueKeysWithValues: RejectionReason.allCases.map { ($0.rawValue, 0) })
    public var seconds = 0.0
    /// What became of `--consent`'s rows.
    public var consents: ConsentReport?
    /// The run's reference, and whether all of it had been taken in under it before, so that nothing was done.
    public var reference: String?
    public var alreadyIngested: Bool?

    public init() {}

    mutating func count(_ reason: RejectionReason, _ rows: Int = 1) {
        rejected += rows
        rejectedBy[reason.rawValue, default: 0] += rows
    }
}

/// What became of consents. Operator-only.
public struct ConsentReport: Codable, Equatable, Sendable {
    public var read: Int
    /// Words of one person on one purpose that were taken in: the latest of each. Whether one changed anything is not said, since
    /// of an erased person nothing is kept.
    public var recorded: Int
    /// Consents that could not be kept, since the person's stored record is damaged: `discreet verify` names it. Withdrawals are kept.
    public var damaged: Int

    public init(read: Int, recorded: Int, damaged: Int = 0) {
        (self.read, self.recorded, self.damaged) = (read, recorded, damaged)
    }
}

/// How far an import is. For the operator's terminal.
public struct IngestProgress: Equatable, Sendable {
    public var rows: Int
    public var bytesRead: Int
    /// Nil where it cannot be known: a stream.
    public var totalBytes: Int?
}

/// Lets at most ten reports a second through.
struct ProgressThrottle {
    private var next = ContinuousClock.now
    private let report: (IngestProgress) -> Void

    init(_ report: @escaping (IngestProgress) -> Void) { self.report = report }

    mutating func offer(_ progress: IngestProgress) {
        let now = ContinuousClock.now
        guard now >= next else { return }
        next = now + .milliseconds(100)
        report(progress)
    }

    func finish(_ progress: IngestProgress) { report(progress) }
}
