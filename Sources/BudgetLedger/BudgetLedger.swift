// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import Foundation
import GRDB
package import Records
import Storage

/// What everyone has spent, and the log of everything that was done: `ledger.sqlite` of one data directory.
///
/// The only maker of grants for real data. A reservation is one durable transaction: the run, the accounts it charges and
/// its entry in the log stand together or not at all. Several processes may hold a ledger at once.
///
/// No error and no entry of the log says who or how many took part, nor what anyone has spent.
public final class BudgetLedger: Sendable {
    /// The data directory's id, which every grant carries.
    public let directoryID: String
    let queue: DatabaseQueue
    let locks: URL
    /// What its keyed hashes are made with (`Seal.swift`).
    let key: HashKey
    /// Entries know no finer time.
    let today: @Sendable () -> Day

    /// Makes the ledger of a new data directory, with an empty log.
    /// - Throws: `LedgerError.exists` or `.inputOutput`.
    public static func create(in directory: URL, directoryID: String) throws(LedgerError) {
        try LedgerError.wrapping {
            let queue = try DurableDatabase.create(
                at: directory.appending(path: Schema.file), schema: Schema.ledger)
            try queue.write { db in
                try Migration3.pages(db)
                try db.execute(sql: "INSERT INTO meta VALUES ('directory', ?)", arguments: [directoryID])
            }
            try FileModes.createPrivateDirectory(
                directory.appending(path: Schema.lockFolder, directoryHint: .isDirectory))
            try queue.close()
        }
    }

    /// Opens the ledger of the directory with this id, and settles the runs whose process has died.
    /// - Parameter key: the vault's `ledgerKey`.
    /// - Throws: `LedgerError`: not there, not this directory's, from a newer program, busy, or input/output.
    public convenience init(
        opening directory: URL, directoryID: String, key: consuming HashKey
    ) throws(LedgerError) {
        try self.init(opening: directory, directoryID: directoryID, key: key, today: { Day.today })
    }

    package init(
        opening directory: URL, directoryID: String, key: consuming HashKey, today: @escaping @Sendable () -> Day
    ) throws(LedgerError) {
        self.directoryID = directoryID
        self.today = today
        self.key = key
        locks = directory.appending(path: Schema.lockFolder, directoryHint: .isDirectory)
        let file = directory.appending(path: Schema.file)
        queue = try LedgerError.wrapping {
            let queue = try DurableDatabase.open(at: file, schema: Schema.ledger)
            let found = try queue.read {
                try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'directory'")
            }
            guard found == directoryID else { throw LedgerError.notThisLedger(Schema.file) }
            try FileModes.createPrivateDirectory(
                directory.appending(path: Schema.lockFolder, directoryHint: .isDirectory))
            return queue
        }
        if try reading(Migration3.isNeeded) { try transaction(trusting: true) { try Migration3.run(self, $0) } }
        try settleOrphans()
    }

    /// Empties the write-ahead log, so that what was deleted is gone from the disk, and the unused parts of the file.
    /// - Throws: `LedgerError.busy` while another process reads; the caller tries again later.
    public func truncateLogs() throws(LedgerError) {
        try truncateLogs(largestRewritten: DurableDatabase.largestRewritten)
    }

    /// The same.
    /// - Parameters:
    ///   - largestRewritten: Up to how many bytes the file is rewritten; in a larger one unused parts of pages are overwritten.
    ///   - limit: Up to how many bytes it is cleaned at all.
    package func truncateLogs(
        largestRewritten: Int, limit: Int = DurableDatabase.largestCleaned
    ) throws(LedgerError) {
        try LedgerError.wrapping {
            try DurableDatabase.empty(
                queue, largestRewritten: largestRewritten, limit: limit, share: DurableDatabase.largestCleaned)
        }
    }

    /// One durable transaction, or none of it.
    /// - Parameter trusting: the file is of a schema without seals: it gets its first one.
    func transaction<Result>(trusting: Bool = false, _ body: (Database) throws -> Result) throws(LedgerError) -> Result
    {
        try LedgerError.wrapping {
            try queue.write { db in
                let before = db.totalChangesCount
                let wasAuthentic = try trusting || self.isAuthentic(db)
                let result = try body(db)
                if db.totalChangesCount != before { try self.renewSeal(wasAuthentic: wasAuthentic, db) }
                return result
            }
        }
    }

    /// A consistent view.
    func reading<Result>(_ body: (Database) throws -> Result) throws(LedgerError) -> Result {
        try LedgerError.wrapping { try queue.read(body) }
    }
}

extension LedgerError {
    /// Runs `body`; whatever it throws becomes an error of ours, without any statement or argument in it.
    static func wrapping<Result: ~Copyable>(_ body: () throws -> Result) throws(LedgerError) -> Result {
        do {
            return try body()
        } catch {
            throw LedgerError(error)
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        case let error as StorageError:
            switch error {
            case .notFound(let file): self = .notFound(file)
            case .exists(let file): self = .exists(file)
            case .newerSchema(_, let found, let supported): self = .newerSchema(found: found, known: supported)
            case .notOurs(let file): self = .notThisLedger(file)
            case .busy: self = .busy
            case .damaged: self = .damaged(error.description)
            case .pragmaRefused, .io: self = .inputOutput(error.description)
            }
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged("SQLite code \(error.resultCode.rawValue)")
            case let code: self = .inputOutput("SQLite code \(code.rawValue)")
            }
        case let error as RecordsError: self = .badRecord(error)
        case is DecodingError, is EncodingError, is RowDecodingError: self = .damaged("a row cannot be read")
        default: self = .inputOutput("\(type(of: error))")
        }
    }
}
