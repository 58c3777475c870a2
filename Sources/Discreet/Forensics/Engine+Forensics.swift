// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import Foundation
import Records
import Vault

extension Engine {
    /// Before an erasure: what there is of a user, so that a drill can search for it afterwards. For the operator alone.
    /// - Throws: `.notFound` for a user without a history.
    public func forensicSnapshot(of userID: String) throws(DiscreetError) -> ForensicSnapshot {
        try facade {
            guard let remains = try vault.remains(of: userID) else {
                throw DiscreetError(
                    .notFound, "There is nothing to search for (--user)", hint: "Name a user with a history.")
            }
            // That a drill was made is known to all, for whom is not.
            _ = try ledger.appendLog(type: "drill", content: .object(["what": .string("forensic snapshot")]))
            return ForensicSnapshot(
                user: userID, wrappedKey: remains.wrappedKey, generation: remains.generation, needles: remains.needles)
        }
    }

    /// After an erasure: searches every byte of the directory for what the snapshot holds, and tries the old key on every row.
    public func forensicSearch(_ snapshot: ForensicSnapshot) throws(DiscreetError) -> ForensicReport {
        try facade {
            var search = NeedleSearch()
            for needle in snapshot.needles { search.add(Hex.decode(needle.hex) ?? [], what: needle.what) }
            var report = (files: 0, bytes: 0, found: 0)
            var findings: Set<ForensicReport.Finding> = []
            let names = FileManager.default.enumerator(atPath: location.directory.path)?.compactMap { $0 as? String }
            for name in (names ?? []).sorted() {
                guard let data = FileManager.default.contents(atPath: location.path(name).path) else { continue }
                report.files += 1
                report.bytes += data.count
                let matches = search.matches(in: Array(data))
                report.found += matches.count
                findings.formUnion(matches.map { ForensicReport.Finding(file: name, what: $0) })
            }
            let opening = try vault.rowsOpening(
                under: Hex.decode(snapshot.wrappedKey) ?? [], of: snapshot.user,
                upToGeneration: UInt64(snapshot.generation))
            report.found += opening
            if opening > 0 { findings.insert(.init(file: "vault.sqlite", what: "rows that open under the old key")) }
            return ForensicReport(
                files: report.files, bytes: report.bytes, needles: search.count, found: report.found,
                findings: findings.sorted { ($0.file, $0.what) < ($1.file, $1.what) })
        }
    }
}
