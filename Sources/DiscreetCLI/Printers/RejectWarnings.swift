// SPDX-License-Identifier: Apache-2.0

import Discreet
import Ingestion
import Synchronization

/// Tells bad rows on standard error, each by place, field and reason, but not without end.
final class RejectWarnings: Sendable {
    private let told = Mutex(0)
    private let limit: Int
    private let progress: ProgressLine

    init(limit: Int, progress: ProgressLine) { (self.limit, self.progress) = (limit, progress) }

    func tell(_ row: RejectedRow) {
        let count = told.withLock { told in
            told += 1
            return told
        }
        guard count <= limit else { return }
        progress.clear()
        let place = "\(DisplayText.escaped(row.file)):\(row.line)"
        Terminal.line("\(place): \(row.field): \(row.reason.rawValue): \(row.reason.explanation)")
    }

    /// How many were not told one by one.
    func tellRest() {
        let rest = told.withLock { $0 } - limit
        if rest > 0 { Terminal.note("\(Numbers.counted(rest, "more bad row")); --rejects FILE lists all of them") }
    }
}
