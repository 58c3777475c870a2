// SPDX-License-Identifier: Apache-2.0

import Discreet

// What budget, erase and verify say.

extension Page {
    mutating func show(_ report: BudgetReport) {
        heading("Privacy budget of \(report.user)")
        var amounts = Table([.text(""), .number("epsilon"), .number("delta")])
        for (label, amount) in [("spent", report.spent), ("limit", report.limit), ("remaining", report.remaining)] {
            amounts.add([label, amount.epsilonText, amount.deltaText])
        }
        table(amounts)
        if let tier = report.tier { line("  tier \(DisplayText.escaped(tier))") }
        if let period = report.period {
            line("  the last \(period.days) days: \(period.spent.words), at most \(period.limit.words)")
        }
        if report.charges.isEmpty { return line("  no run has been charged") }
        line()
        var charges = Table([.text("day"), .text("what"), .number("epsilon"), .number("delta"), .text("run")])
        for charge in report.charges {
            charges.add([
                charge.at, charge.kind, charge.privacy.epsilonText, charge.privacy.deltaText, charge.run,
            ])
        }
        table(charges)
    }

    mutating func show(_ classes: [BudgetClass]) {
        var rows = Table([
            .number("users"), .number("spent epsilon"), .number("spent delta"), .number("limit epsilon"),
            .number("limit delta"),
        ])
        for row in classes {
            rows.add([
                Numbers.grouped(row.users), row.spent.epsilonText, row.spent.deltaText, row.limit.epsilonText,
                row.limit.deltaText,
            ])
        }
        table(rows)
    }

    mutating func show(_ report: BudgetVerification) {
        line("\(mark(report.ok))  \(Numbers.counted(report.charges, "charge")) recomputed from the logged events.")
        for difference in report.differences { line("  \(DisplayText.escaped(difference))") }
        for note in report.notes { line("  Note: \(DisplayText.escaped(note)).") }
    }

    /// The same words for a user who was and for one who never was.
    mutating func show(_ report: EraseReport, receiptFile: String?) {
        line("Erased: \(Numbers.grouped(report.erased)). Pending: \(Numbers.grouped(report.pending)).")
        line("  Key destroyed, rows deleted, spending moved to a tombstone, entry logged, receipt signed.")
        if let receiptFile { line("  Receipt: \(DisplayText.escaped(receiptFile))") }
        if report.pending > 0 {
            line("  A reader holds the write-ahead log: run the same command again to finish.")
        }
    }

    mutating func show(_ report: VerifyReport) {
        let width = report.checks.map { DisplayText.width($0.name) }.max() ?? 0
        for check in report.checks {
            let name = DisplayText.escaped(check.name)
            let gap = String(repeating: " ", count: max(0, width - DisplayText.width(name)))
            line("  \(name)\(gap)  \(mark(check.ok))  \(DisplayText.escaped(check.detail))")
        }
        line(report.ok ? style.good("Everything checked is as it should be.") : style.bad("Something is wrong."))
    }
}

extension Page {
    mutating func show(_ report: ForensicReport) {
        line(
            "Searched \(Numbers.bytes(report.bytes)) in \(Numbers.counted(report.files, "file")) for "
                + "\(Numbers.counted(report.needles, "piece")) of the id, the history, the sealed rows and the key:")
        for finding in report.findings {
            line("  \(DisplayText.escaped(finding.file)): \(DisplayText.escaped(finding.what))")
        }
        let verdict = "\(Numbers.grouped(report.found)) found"
        line("  " + (report.found == 0 ? style.good(verdict) : style.bad(verdict)))
    }
}
