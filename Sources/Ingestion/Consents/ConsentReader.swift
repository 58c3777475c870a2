// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
public import Vault

/// Reads consents: a table `user,purpose,granted,time,proof`, right as a whole or refused. Private, all of it.
///
/// A withdrawal dated by day alone counts as of the day's last second, a consent as of its first: nobody knows which of two came
/// first that day, and the withdrawal has to win. A consent may lie a day ahead (clocks, zones), not more: it would outlast withdrawals.
public enum ConsentReader {
    private static let columns = ["user", "purpose", "granted", "time", "proof"]
    private static let yes: Set<String> = ["true", "yes", "1"], no: Set<String> = ["false", "no", "0"]

    private static let day: Int64 = 86_400

    /// The rows in the order of the file.
    /// - Parameter now: Unix seconds; nil for the clock's.
    /// - Throws: `badConsent` or `badRow` with file, line and column; `IngestionError` else.
    public static func read(_ source: InputSource, now: Int64? = nil) throws(IngestionError) -> [Vault.ConsentWord] {
        let now = now ?? Int64(Date().timeIntervalSince1970)
        let isTab = TableFormat(extension: source.pathExtension) == .tsv
        var records = try RecordReader.open(
            source, dialect: isTab ? .tab : .comma, inflatedLimit: TextLimits.inflatedBytes)
        let name = records.name
        let header = try HeaderRow.read(&records)
        var places: [Int] = []
        for column in columns {
            guard let place = header.firstIndex(of: column) else { throw .missingColumn(file: name, column: column) }
            if header.lastIndex(of: column) != place { throw .duplicateColumn(file: name, column: column) }
            places.append(place)
        }
        var words: [Vault.ConsentWord] = []
        while let step = try records.next() {
            let line = records.line
            if case .rejected(let reason) = step {
                throw .badRow(RejectedRow(file: name, line: line, field: "row", reason: reason))
            }
            words.append(
                try records.withCells { (bytes, cells) throws(IngestionError) in
                    guard cells.count == header.count else {
                        throw .wrongCellCount(file: name, line: line, expected: header.count, found: cells.count)
                    }
                    return try word(CatalogueRow(bytes, cells).cells, places, now: now, file: name, line: line)
                })
            if Task.isCancelled { throw .interrupted }
        }
        return words
    }

    private static func word(
        _ cells: [[UInt8]], _ places: [Int], now: Int64, file: String, line: Int
    ) throws(IngestionError) -> Vault.ConsentWord {
        func bad(_ field: String, _ allowed: String) -> IngestionError {
            .badConsent(file: file, line: line, field: field, allowed: allowed)
        }
        let (id, moment) = (cells[places[0]], cells[places[3]])
        if let flaw = TextParsing.flaw(inID: id.span) {
            throw .badRow(RejectedRow(file: file, line: line, field: "user", reason: flaw))
        }
        guard let user = TextParsing.string(id) else {
            throw .badRow(RejectedRow(file: file, line: line, field: "user", reason: .badEncoding))
        }
        guard let purpose = TextParsing.string(cells[places[1]]).flatMap(Purpose.init(rawValue:)) else {
            throw bad("purpose", Purpose.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let granted = TextParsing.string(cells[places[2]])?.lowercased() ?? ""
        guard yes.contains(granted) || no.contains(granted) else { throw bad("granted", "true or false") }
        let isGranted = yes.contains(granted)
        guard var time = TimeParsing.seconds(moment.span) else {
            throw bad("time", "Unix seconds or ISO 8601")
        }
        if !isGranted && TimeParsing.isDay(moment.span) { time += day - 1 }
        if isGranted && time > now + day {
            throw bad("time", "when the consent was given: this lies more than a day ahead")
        }
        guard let proof = TextParsing.string(cells[places[4]]), !proof.isEmpty else {
            throw bad("proof", "a text that leads to the proof; a keyed hash of it is kept")
        }
        return Vault.ConsentWord(
            userID: user, purpose: purpose, isGranted: isGranted, time: time, proof: proof)
    }
}
