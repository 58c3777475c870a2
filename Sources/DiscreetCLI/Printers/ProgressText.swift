// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Ingestion

/// Words for `ingest` while it runs.
enum IngestText {
    /// "ingesting 1,200,000 rows, 800,000 rows/s, 3.0 s left".
    static func progress(_ now: IngestProgress, elapsed: Double) -> String {
        let rate = elapsed > 0 ? Numbers.grouped(Int(Double(now.rows) / elapsed)) : "0"
        let left = now.totalBytes.map { total in
            ProgressLine.timeLeft(done: Double(now.bytesRead) / Double(max(total, 1)), elapsed: elapsed)
        }
        return "ingesting \(Numbers.grouped(now.rows)) rows, \(rate) rows/s\(left ?? "")"
    }
}

/// The names of event formats.
extension IngestText {
    static func format(_ name: String) throws -> TableFormat {
        guard let format = TableFormat(rawValue: name) else {
            let known = TableFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--format is one of \(known)")
        }
        return format
    }
}

/// Words for `train` while it runs: steps only, which are public.
enum TrainText {
    static func progress(_ now: TrainProgress, elapsed: Double) -> String {
        guard now.steps > 0 else { return now.phase }
        let left = ProgressLine.timeLeft(done: Double(now.step) / Double(now.steps), elapsed: elapsed)
        return "\(now.phase): step \(Numbers.grouped(now.step)) of \(Numbers.grouped(now.steps))\(left)"
    }
}
