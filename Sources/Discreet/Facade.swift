// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Compliance
import Cryptography
import DPAccounting
import DPMechanisms
import Foundation
import Ingestion
import Interactions
import Policies
import Recommenders
import Records
import Storage
import Vault

/// Runs `body` and turns whatever it throws into the one error that leaves the facade.
func facade<Value: ~Copyable>(_ body: () throws -> Value) throws(DiscreetError) -> Value {
    do {
        return try body()
    } catch {
        throw DiscreetError(wrapping: error)
    }
}

/// A grant without the step it was planned with: a mistake of ours.
enum LedgerGap: Error { case noStep }

extension DiscreetError {
    /// Our targets' errors keep their words; what we do not know is told by its type alone, since its text may hold a private value.
    init(wrapping error: any Error) {
        switch error {
        case let error as DiscreetError: self = error
        case let error as LedgerError: self.init(error)
        case let error as StorageError: self.init(error)
        case let error as CryptographyError: self.init(error)
        case let error as IngestionError: self.init(error)
        case let error as PolicyError:
            self.init(.badConfiguration, words: error.description)
        case let error as RecommenderError: self.init(error)
        case let error as CalibrationError: self.init(.usage, words: error.description)
        case let error as RecordsError: self.init(error)
        case let error as VaultError: self.init(error)
        case let error as SyntheticData.Failure: self.init(.usage, words: error.description)
        case let error as DoorError: self.init(error)
        case is CancellationError:
            self.init(.io, "Interrupted", hint: "Run the same command again to go on.")
        default:
            self.init(.internalError, "Unexpected error (\(type(of: error)))", hint: "Please report it.")
        }
    }

    /// Splits "what went wrong: what to do" or "What. Do." into message and hint, at the last full stop outside brackets, or colon.
    init(_ code: Code, words: String) {
        var depth = 0
        var split: (sentence: String.Index?, clause: String.Index?)
        for index in words.indices {
            let next = words.index(after: index)
            switch words[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "." where depth == 0 && next < words.endIndex && words[next] == " ": split.sentence = index
            case ":" where depth == 0 && next < words.endIndex && words[next] == " ": split.clause = index
            default: break
            }
        }
        guard let split = split.sentence ?? split.clause else {
            self.init(code, Self.capitalized(words[...]), hint: "`discreet COMMAND --help` shows an example.")
            return
        }
        let hint = words[words.index(split, offsetBy: 2)...]
        self.init(code, Self.capitalized(words[..<split]), hint: Self.sentence(Self.capitalized(hint)))
    }

    private static func capitalized(_ text: Substring) -> String { text.prefix(1).uppercased() + text.dropFirst() }
    private static func sentence(_ text: String) -> String { text.hasSuffix(".") ? text : text + "." }
}
