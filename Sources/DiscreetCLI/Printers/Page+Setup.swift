// SPDX-License-Identifier: Apache-2.0

import Discreet
import Ingestion
import Records

// What init, catalogue import, ingest, sample, status and policy say.

extension Page {
    mutating func show(_ report: InitReport) {
        heading("A data directory was made.")
        let key = report.keyFile.isEmpty ? "from a passphrase or a key command" : report.keyFile
        fields([
            ("data", report.data), ("directory id", report.directoryId), ("master key", key),
            ("policy", report.policy), ("public key", report.publicKey),
        ])
        line("  Keep a copy of the key in another place: without it the data are lost.")
    }

    mutating func show(_ report: RotationReport) {
        heading(report.resumed ? "The rotation that was cut short is finished." : "The master key was rotated.")
        fields([
            ("users", Numbers.grouped(report.rotated)), ("master key", report.keyFile),
            ("public key", report.publicKey),
        ])
        line("  The old key is destroyed, and what it sealed is noise. Make a new backup, and keep a copy of the key.")
    }

    mutating func show(_ report: CatalogueReport) {
        let changes =
            report.added + report.updated == 0
            ? "nothing changed" : "\(Numbers.grouped(report.added)) new, \(Numbers.grouped(report.updated)) changed"
        line("Catalogue: \(Numbers.counted(report.items, "item")), \(changes).")
        if !report.featureNames.isEmpty { fields([("features", report.featureNames.joined(separator: ", "))]) }
    }

    mutating func show(_ report: DiscoverReport) {
        line(
            "\(Numbers.counted(report.items.count, "item")) discovered, in the catalogue now: \(report.privacy.words).")
        for item in report.items { line("  \(DisplayText.escaped(item))") }
    }

    mutating func show(_ report: IngestReport) {
        if let consents = report.consents {
            line(
                "Consents: \(Numbers.counted(consents.read, "row")), the latest word of each person on each purpose taken in (\(Numbers.grouped(consents.recorded)))."
            )
            if consents.damaged > 0 {
                line(
                    "\(Numbers.counted(consents.damaged, "consent")) left out: the person's stored record is damaged. `discreet verify` names the damage."
                )
            }
            if report.read == 0 && report.reference == nil { return }
        }
        if report.alreadyIngested == true {
            line("The same content was ingested under this reference before: nothing was done.")
            return
        }
        let unchanged = report.accepted == 0 && report.pending == 0 && report.rejected == 0 && report.read > 0
        line(
            "Ingested \(Numbers.grouped(report.accepted)) of \(Numbers.counted(report.read, "row")) in "
                + "\(Numbers.seconds(report.seconds))"
                + (unchanged ? ": all were here already or belong to erased users, nothing changed." : "."))
        let pending =
            report.pending > 0
            ? [("pending", "\(Numbers.grouped(report.pending)) of items that the catalogue does not have")] : []
        fields(
            [("accepted", Numbers.grouped(report.accepted)), ("duplicates", Numbers.grouped(report.duplicates))]
                + pending + [("rejected", Numbers.grouped(report.rejected))])
        if report.damaged > 0 {
            fields([
                ("damaged", "\(Numbers.grouped(report.damaged)) rows of users whose record is damaged: discreet verify")
            ])
        }
        for (reason, count) in report.rejectedBy.sorted(by: { $0.key < $1.key }) where count > 0 {
            line("    \(reason): \(Numbers.grouped(count))")
        }
    }

    mutating func show(_ report: SampleReport, folder: String) {
        line(
            "Wrote \(Numbers.counted(report.events, "event")) of \(Numbers.counted(report.users, "user")) on "
                + "\(Numbers.counted(report.items, "item")) to \(DisplayText.escaped(folder)): items.csv, events.csv, test.csv."
        )
    }

    mutating func show(_ report: PolicyReport, title: String) {
        heading(title)
        fields([("hash", report.hash)])
        for change in report.changes { line("  \(change.who): \(change.what).") }
        line(JSONDocument.readable(report.policy))
    }

    mutating func show(_ report: StatusReport) {
        if report.publicData { line(style.bold("PUBLIC DATA: no budget is enforced in this directory.")) }
        fields([
            ("data", report.data), ("directory id", report.directoryId), ("version", report.version),
            ("policy", "\(report.policy) (\(report.policyHash.prefix(16))…)"), ("public key", report.publicKey),
            ("items", Numbers.grouped(report.items)), ("users", Numbers.grouped(report.users)),
            ("models", Numbers.grouped(report.models.count)),
            ("log entries", Numbers.grouped(Int(report.logHead["count"]?.integerValue ?? 0))),
            ("log head", report.logHead["hash"]?.stringValue ?? ""),
        ])
        var files = Table([.text("file"), .number("size")])
        for file in report.files { files.add([file.name, Numbers.bytes(file.bytes)]) }
        table(files)
        if report.due.isEmpty { line("  nothing is due") }
        for due in report.due { line("  \(style.bad("due")): \(DisplayText.escaped(due))") }
    }
}
