// SPDX-License-Identifier: Apache-2.0

import Discreet

// What train, models and evaluate say.

extension Page {
    mutating func show(_ report: TrainReport) {
        let end = report.stoppedAt.map { "stopped after step \(Numbers.grouped($0))" } ?? "done"
        line("Trained \(DisplayText.escaped(report.model.name)) in \(Numbers.seconds(report.seconds)): \(end).")
        certificate(report.certificate, model: report.model)
    }

    mutating func show(_ report: DeriveReport) {
        line(
            "Made \(DisplayText.escaped(report.model.name)) of \(DisplayText.escaped(report.derivedFrom.name)) "
                + "(\(report.derivedFrom.id)). Nobody was charged.")
        certificate(report.certificate, model: report.model)
    }

    mutating func show(_ models: [ModelSummary]) {
        if models.isEmpty { return line("No model yet. Train one: discreet train mf --epsilon 3") }
        var rows = Table([
            .text("id"), .text("name"), .text("kind"), .text("created"), .number("epsilon"), .number("delta"),
        ])
        for model in models {
            rows.add([
                model.id, model.name, model.kind, model.created, model.privacy.epsilonText, model.privacy.deltaText,
            ])
        }
        table(rows)
    }

    mutating func show(_ detail: ModelDetail) {
        heading("\(detail.model.name) (\(detail.model.kind))")
        fields([
            ("id", detail.model.id), ("created", detail.model.created), ("privacy", detail.model.privacy.words),
        ])
        line(style.bold("parameters"))
        line(JSONDocument.readable(detail.parameters))
        line(style.bold("certificate"))
        line(JSONDocument.readable(detail.certificate))
    }

    mutating func show(_ report: EvaluateReport) {
        line("Ranked for \(Numbers.counted(report.users, "user")) of the public test file.")
        let models = [(report.model.name, report.metrics), (report.baseline.name, report.baseline.metrics)]
        metrics(models, report.metrics.keys.sorted())
        let ends = report.metrics.keys.sorted().compactMap { name in
            report.intervals[name].map { "\(name) \(Numbers.fixed($0[0], 4)) to \(Numbers.fixed($0[1], 4))" }
        }
        line("  95 % intervals over users: " + ends.joined(separator: ", ") + ".")
        line("Beside accuracy:")
        metrics(
            [(report.model.name, report.beyond), (report.baseline.name, report.baseline.beyond)],
            Set(report.beyond.keys).union(report.baseline.beyond.keys).sorted())
    }

    /// Models by row, figures by column.
    mutating func metrics(_ models: [(name: String, metrics: [String: Double])], _ names: [String]) {
        var rows = Table([.text("model")] + names.map { .number($0) })
        for model in models {
            rows.add([model.name] + names.map { name in model.metrics[name].map { Numbers.fixed($0, 4) } ?? "-" })
        }
        table(rows)
    }

    private mutating func certificate(_ certificate: some Encodable, model: ModelName) {
        let facts = CertificateFacts(of: certificate)
        if facts?.publicData == true { line("  " + style.bold("PUBLIC DATA: this model protects nobody.")) }
        fields(
            [("model", model.id), ("kind", model.kind)]
                + (facts.map { [("epsilon", $0.epsilonText), ("delta", $0.deltaText), ("protects", $0.protects)] } ?? [])
        )
    }
}
