// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation
import Ingestion

struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Seal events into their users' histories. (Operator-only.)",
        discussion: worked(
            "Rows are user,item,value,time. A bad row is told with its line, field and reason, counted, and left out. "
                + "The same file again changes nothing; events of an erased user are counted as duplicates.",
            example: "discreet ingest events.csv --columns user=customer,item=sku --rejects ~/rejected.csv"))

    @Argument(help: "The files; - is standard input.", completion: .file())
    var files: [String] = []

    @Option(help: "csv, tsv, jsonl or movielens; by the file's name if left out, else csv. gzip is unpacked.")
    var format: String?

    @Option(help: ArgumentHelp("Header names of columns.", valueName: "user=…,item=…,value=…,time=…"))
    var columns: String?

    @Flag(help: "Stop at the first bad row (exit code 65).")
    var strict = false

    @Option(
        help: ArgumentHelp("Write bad rows' places and reasons here, outside the data directory.", valueName: "file"),
        completion: .file())
    var rejects: String?

    @Option(
        help: ArgumentHelp("Consents to record first: user,purpose,granted,time,proof.", valueName: "file"),
        completion: .file())
    var consent: String?

    @Option(
        help: "A name of your own for this run, logged: the same name with the same content again does nothing.")
    var reference: String?

    @Option(
        help: ArgumentHelp(
            "Seal one noised report of each user instead of their events, with this \u{3B5}: for a directory, for good.",
            valueName: "e"))
    var localEpsilon: EpsilonArgument?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if localEpsilon != nil && (files.isEmpty || reference != nil) {
            throw ValidationError(
                "--local-epsilon needs a file, and goes without --reference: a report is made once anyway")
        }
        if files.isEmpty && consent == nil { throw ValidationError("name a file, or - for standard input") }
        if files.isEmpty && reference != nil { throw ValidationError("--reference names a run of events: name a file") }
        _ = try options()
    }

    func run() async throws {
        let engine = try global.openEngine()
        let progress = ProgressLine()
        let warnings = RejectWarnings(limit: rejects == nil ? 20 : 3, progress: progress)
        defer { progress.clear() }
        let consents = if let consent { try await engine.recordConsents(from: consent) } else { ConsentReport?.none }
        var report = try await ingest(into: engine, progress, warnings)
        report.consents = consents
        progress.clear()
        warnings.tellRest()
        try global.output.show(report) { $0.show(report) }
    }

    private func ingest(
        into engine: Engine, _ progress: ProgressLine, _ warnings: RejectWarnings
    ) async throws -> IngestReport {
        if let localEpsilon {
            return try await engine.ingestLocally(
                files, epsilon: localEpsilon.amount, options: try options(),
                onProgress: { row in progress.update { IngestText.progress(row, elapsed: $0) } },
                onReject: { warnings.tell($0) })
        }
        return try await engine.ingest(
            files, reference: reference, options: try options(),
            onProgress: { row in progress.update { IngestText.progress(row, elapsed: $0) } },
            onReject: { warnings.tell($0) })
    }

    private func options() throws -> IngestOptions {
        var options = IngestOptions()
        options.format = try format.map(IngestText.format)
        options.columns = try Pairs.columns(columns)
        options.strict = strict
        options.rejects = rejects.map { URL(fileURLWithPath: $0) }
        return options
    }
}
