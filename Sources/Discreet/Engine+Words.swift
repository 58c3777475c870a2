// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Records
import Vault

/// What people allow stands in the vault, and that it changed in the log: a number, and a keyed hash of all words as they then
/// were. No entry says whose word it was, or what was said.
extension Engine {
    /// Writes the entry of a change that was just made. Over an older vault it bears a number that the log had before, and says so:
    /// no run is made, and `faultOfLoggedWords` finds it, until the restore is acknowledged.
    static func logWords(_ vault: Vault, _ ledger: BudgetLedger) throws {
        let newest = try newestWords(ledger)
        if try newest?.state == vault.wordsState().state { return }
        try logWords(after: newest, vault, ledger)
    }

    private static func logWords(after newest: LoggedWords?, _ vault: Vault, _ ledger: BudgetLedger) throws {
        try ledger.appendLog(type: "preference") { _ in
            // Looked at in here, so that the entries of several processes stand in the order of their numbers.
            let now = try vault.wordsState()
            let isOlder = newest.map { $0.isOverOlder || $0.contradicts(now) } ?? false
            guard isOlder, case .object(var members) = content(of: now) else { return content(of: now) }
            members["older"] = .bool(true)
            return .object(members)
        }
    }

    /// Writes the entry that a process which died left out: the vault is written first.
    static func logForgottenWords(_ vault: Vault, _ ledger: BudgetLedger) throws {
        let newest = try newestWords(ledger)
        let now = try vault.wordsState()
        guard now.isAuthentic, now.sequence > newest?.sequence ?? 0 else { return }
        try logWords(after: newest, vault, ledger)
    }

    /// Says in the log that its words are newer than the vault's, before a word or an erasure is written over these: each such
    /// change raises the number, and would soon hide that an older vault was put back. `isOverOlder` then stays, and
    /// `faultOfLoggedWords` finds the entry, until the restore is acknowledged.
    static func noteOlderWords(_ vault: Vault, _ ledger: BudgetLedger) throws {
        // The log first: between the two looks the vault can only become newer.
        guard let newest = try newestWords(ledger), !newest.isOverOlder else { return }
        let now = try vault.wordsState()
        guard now.isAuthentic, newest.contradicts(now), case .object(var members) = content(of: now) else { return }
        members["older"] = .bool(true)
        try ledger.appendLog(type: "preference", content: .object(members))
    }

    /// Whether the log ever spoke of words with a number that was there before: then an older vault was put back under it.
    static func faultOfLoggedWords(_ ledger: BudgetLedger) throws -> String? {
        let entries = try ["preference", "erase", "restore"].flatMap { try ledger.entries(ofType: $0) }
            .sorted { $0.index < $1.index }
        var last: (sequence: Int64, state: String) = (0, "")
        // What was wrong before a restore that the operator acknowledged, its entry says.
        for entry in entries[(entries.lastIndex { $0.type == "restore" } ?? 0)...] {
            guard let words = words(of: entry) else { continue }
            if words.sequence < last.sequence || (words.sequence == last.sequence && words.state != last.state) {
                return "entry \(entry.index) of the log speaks of older words than an entry before: "
                    + "vault.sqlite was put back before it"
            }
            last = words
        }
        return nil
    }

    private static func words(of entry: LogEntry) -> (sequence: Int64, state: String)? {
        let content = entry.type == "preference" ? entry.content : entry.content["preferences"]
        guard let sequence = content?["sequence"]?.integerValue, let state = content?["state"]?.stringValue
        else { return nil }
        return (sequence, state)
    }

    static func content(of state: WordsState) -> JSONValue {
        .object(["sequence": .integer(state.sequence), "state": .string(state.state)])
    }

    /// The largest number that any entry speaks of.
    static func highestLoggedNumber(_ ledger: BudgetLedger) throws -> Int64 {
        try ["preference", "erase", "restore"].flatMap { try ledger.entries(ofType: $0) }
            .compactMap { words(of: $0)?.sequence }.max() ?? 0
    }

    /// The newest word of the log on them: an entry of its own, that of an erasure, or that of a restore.
    private static func newestWords(_ ledger: BudgetLedger) throws -> LoggedWords? {
        let newest = try ["preference", "erase", "restore"].compactMap { try ledger.newestEntry(ofType: $0) }
        guard let words = newest.compactMap(words(of:)).max(by: { $0.sequence < $1.sequence }) else { return nil }
        // An entry over an older vault says so, and each after it, up to the restore.
        let last = newest.filter { $0.type != "erase" }.max { $0.index < $1.index }
        return LoggedWords(
            sequence: words.sequence, state: words.state, isOverOlder: last?.content["older"]?.boolValue == true)
    }

    private struct LoggedWords {
        let sequence: Int64
        let state: String
        /// It was written over an older vault, and nobody has acknowledged that since.
        let isOverOlder: Bool

        /// Whether the vault's words are older than these, or others under their number.
        func contradicts(_ now: WordsState) -> Bool {
            now.sequence < sequence || (now.sequence == sequence && now.state != state)
        }
    }

    /// Whether the vault's words are not those of the log, or were changed over some that were not.
    static func areOlder(_ now: WordsState, _ ledger: BudgetLedger) throws -> Bool {
        if try newestWords(ledger).map({ $0.isOverOlder || $0.contradicts(now) }) ?? false { return true }
        return try faultOfLoggedWords(ledger) != nil
    }

    /// What is wrong with the vault's words by the log: nil if they are those of its newest entry, or newer ones of ours.
    static func fault(ofWordsIn vault: Vault, _ ledger: BudgetLedger) throws -> String? {
        // The log first: between the two looks the vault can only become newer.
        let logged = try newestWords(ledger)
        let now = try vault.wordsState()
        guard now.isAuthentic else { return "what people allow was not written with the vault's key" }
        guard let logged else { return nil }
        if now.sequence < logged.sequence || logged.isOverOlder {
            return "what people allow is older than the log says: vault.sqlite was put back"
        }
        if now.sequence == logged.sequence, now.state != logged.state {
            return "what people allow is not what the log says"
        }
        return nil
    }

    /// Refuses a run over words that are not those of the log, or that were changed over an older vault.
    func refuseForeignWords() throws {
        guard let fault = try Self.fault(ofWordsIn: vault, ledger) ?? Self.faultOfLoggedWords(ledger) else { return }
        throw DiscreetError(
            .verificationFailed, "Nothing is computed: \(fault) (vault.sqlite)",
            hint:
                "Run `discreet verify` and restore the file; after a backup was put back, `discreet restored` says so in the log."
        )
    }
}
