// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPMechanisms
import Ingestion
import Recommenders
import Records
import Storage
import Vault

// One code for each error of the floors below.
extension DiscreetError {
    init(_ error: LedgerError) {
        let code: Code =
            switch error {
            case .refused, .refusedByPeriod, .limitNotLower, .planCostsMore, .infiniteCost, .changedSides: .refused
            case .alreadyReserved, .runConflict, .exists: .exists
            case .unknownTier: .usage
            case .notFound: .notFound
            case .notThisLedger, .newerSchema: .badConfiguration
            case .busy, .policyChanged: .busy
            case .inputOutput: .io
            case .damaged, .notAuthentic: .verificationFailed
            case .invalidPlan, .badRunID, .unknownRun, .alreadySettled, .tooManySteps, .badTombstone, .badRecord:
                .internalError
            }
        self.init(code, words: error.description)
    }

    init(_ error: StorageError) {
        let code: Code =
            switch error {
            case .notFound: .notFound
            case .exists: .exists
            case .newerSchema, .notOurs, .pragmaRefused: .badConfiguration
            case .damaged: .verificationFailed
            case .busy: .busy
            case .io: .io
            }
        self.init(code, words: error.description)
    }

    init(_ error: CryptographyError) {
        let code: Code =
            switch error {
            case .notFound: .notFound
            case .exists: .exists
            case .readableByOthers, .notAKeyFile, .wrongKeyOrCorrupted, .badLength: .badConfiguration
            case .cannotRead, .cannotWrite: .io
            case .notInitialised, .outOfMemory: .internalError
            }
        self.init(code, words: error.description)
    }

    init(_ error: IngestionError) {
        let code: Code =
            switch error {
            case .notFound: .notFound
            case .cannotRead, .cannotWrite, .interrupted: .io
            case .exists: .exists
            case .insideDataDirectory, .unknownRole, .unknownFormat, .sharedColumn: .usage
            case .unsupportedContent, .truncatedGzip, .damagedGzip, .inflatesTooFar, .extraColumn, .missingColumn,
                .duplicateColumn, .badRow, .duplicateItem, .badConsent, .wrongCellCount, .empty:
                .badData
            }
        self.init(code, words: error.description)
    }

    init(_ error: DoorError) {
        if case .unsupportedEvent = error {
            self.init(.usage, words: error.description + " Ask for another ε, δ or number of steps.")
        } else {
            self.init(.internalError, words: error.description)
        }
    }

    init(_ error: RecommenderError) {
        let code: Code =
            switch error {
            case .unknownSetting, .invalidSetting, .invalidPlan: .usage
            case .invalidArtifact: .verificationFailed
            case .unknownKind: .badConfiguration
            case .planDoesNotMatch: .internalError
            }
        self.init(code, words: error.description)
    }

    init(_ error: RecordsError) {
        let code: Code =
            switch error {
            case .notFound: .notFound
            case .exists: .exists
            case .inputOutput: .io
            case .invalidJSON, .notCanonical, .doesNotFit, .badSignature, .brokenChain, .badArtifact:
                .verificationFailed
            case .notFinite, .integerTooLarge, .notSignable: .internalError
            }
        self.init(code, words: error.description)
    }

    init(_ error: VaultError) {
        let code: Code =
            switch error {
            case .notFound: .notFound
            case .exists: .exists
            case .newerSchema, .notOurs, .pragmaRefused, .wrongDirectory, .wrongMasterKey: .badConfiguration
            case .noNextKey: .badConfiguration
            case .damaged: .verificationFailed
            case .busy, .erasurePending, .rotating: .busy
            case .io: .io
            case .notPublicData: .refused
            case .notAuthentic: .verificationFailed
            case .unusableUserID, .unusableInteraction, .historyTooLarge: .badData
            case .foreignGrant, .purposeMismatch, .cohortMismatch: .internalError
            }
        self.init(code, words: error.description)
    }
}
