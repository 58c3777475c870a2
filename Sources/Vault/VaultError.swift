// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
import Storage

/// Why the vault refused or failed. Cases hold file names, public numbers and codes; never an id, a history or a key.
public enum VaultError: Error, Equatable, Sendable, CustomStringConvertible {
    case notFound(file: String)
    case exists(file: String)
    case newerSchema(file: String, found: Int, supported: Int)
    /// Not a SQLite file of this kind, or one that was never finished.
    case notOurs(file: String)
    case pragmaRefused(name: String)
    /// SQLite finds the file damaged, so that it cannot be brought to this program's schema.
    case damaged(file: String)
    /// Another process holds the file. What was asked has not happened; an erasure stays pending.
    case busy(file: String)
    case io(file: String, code: Int32)
    /// The vault belongs to another data directory.
    case wrongDirectory
    /// The master key is not the one that made this vault, or the vault's own row was changed.
    case wrongMasterKey
    /// The grant was made by another ledger than this directory's.
    case foreignGrant
    /// The run was reserved for another purpose than its cohort is asked for.
    case purposeMismatch
    /// The members are not those that the grant was charged to, in ascending order.
    case cohortMismatch
    /// Somebody's word (consent, objection, restriction) was changed by who does not hold the vault's key.
    case notAuthentic
    /// Histories of everybody are handed out only where the data were declared public.
    case notPublicData
    /// An outside id is empty or has more than `limit` bytes.
    case unusableUserID(limit: Int)
    /// An interaction names an item that the catalogue does not have, or its value is not finite.
    case unusableInteraction
    /// One user's history has more segments than a head can name.
    case historyTooLarge
    /// The erasure has to end before the user can return.
    case erasurePending
    /// A rotation of the master key is under way or was cut short; it has to be finished first.
    case rotating
    /// There is no new master key to rotate to, or it is the one in force.
    case noNextKey

    public var description: String {
        switch self {
        case .notFound(let file): "\(file) does not exist: check the data directory."
        case .exists(let file): "\(file) is already there: choose another directory."
        case .newerSchema(let file, let found, let supported):
            "\(file) has schema \(found), this program knows \(supported): use a newer discreet."
        case .notOurs(let file): "\(file) is not a file of this data directory: restore the right one."
        case .pragmaRefused(let name): "SQLite did not accept the setting \(name): use a SQLite that does."
        case .damaged(let file): "\(file) is damaged and was not migrated: restore it from a backup."
        case .busy(let file): "\(file) is in use by another process: try again."
        case .io(let file, let code): "\(file) cannot be read or written (code \(code)): check disk and permissions."
        case .wrongDirectory: "The vault belongs to another data directory: put its files back together."
        case .wrongMasterKey: "The master key does not open this vault: name the right key file."
        case .foreignGrant: "The grant comes from another ledger: reserve the run in this data directory."
        case .purposeMismatch: "The run was reserved for another purpose: reserve one for this purpose."
        case .cohortMismatch: "The members are not those that were charged: pass what the ledger returned."
        case .notAuthentic:
            "What people allow was changed by another hand: run `discreet verify`, and restore vault.sqlite."
        case .notPublicData: "The data of this directory are private: only a public one hands out all histories."
        case .unusableUserID(let limit): "A user id is empty or longer than \(limit) bytes: reject the row."
        case .unusableInteraction: "An interaction has an unknown item or no finite value: reject the row."
        case .historyTooLarge: "A history is too large to store: bound the events of a user."
        case .rotating: "The master key is being rotated: `discreet keys rotate` finishes what was cut short."
        case .noNextKey: "The new master key is missing, or is the one in force: restore it, or give another one."
        case .erasurePending: "The user's erasure is still pending: finish it first."
        }
    }
}

extension VaultError {
    init(_ error: StorageError) {
        switch error {
        case .notFound(let file): self = .notFound(file: file)
        case .exists(let file): self = .exists(file: file)
        case .newerSchema(let file, let found, let supported):
            self = .newerSchema(file: file, found: found, supported: supported)
        case .notOurs(let file): self = .notOurs(file: file)
        case .pragmaRefused(let name): self = .pragmaRefused(name: name)
        case .damaged(let file): self = .damaged(file: file)
        case .busy(let file): self = .busy(file: file)
        case .io(let file, let code): self = .io(file: file, code: code)
        }
    }

    /// Runs `body`; what storage throws comes out as a case of ours.
    static func wrapping<Result: ~Copyable>(_ file: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try StorageError.wrapping(file, body)
        } catch let error as StorageError {
            throw VaultError(error)
        }
    }
}
