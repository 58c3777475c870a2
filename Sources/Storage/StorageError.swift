// SPDX-License-Identifier: Apache-2.0

package import GRDB

/// Why a SQLite file could not be made, opened or emptied of its log. Cases hold file names and codes, never contents.
public enum StorageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no such file.
    case notFound(file: String)
    /// `create` found something in its place.
    case exists(file: String)
    /// The file was written by a newer program.
    case newerSchema(file: String, found: Int, supported: Int)
    /// Not SQLite, or not a file of this kind of ours.
    case notOurs(file: String)
    /// SQLite would not take, or did not keep, a setting that a promise depends on.
    case pragmaRefused(name: String)
    /// SQLite finds the file damaged, so that it cannot be brought to this program's schema.
    case damaged(file: String)
    /// Another connection held the file for longer than the patience.
    case busy(file: String)
    /// A system call or SQLite failed; `code` is `errno` or SQLite's primary result code.
    case io(file: String, code: Int32)

    public var description: String {
        switch self {
        case .notFound(let file): "\(file) does not exist: check the data directory."
        case .exists(let file): "\(file) is already there: choose another directory."
        case .newerSchema(let file, let found, let supported):
            "\(file) has schema \(found), this program knows \(supported): use a newer discreet."
        case .notOurs(let file): "\(file) is not a file of this data directory: restore the right one."
        case .pragmaRefused(let name): "SQLite did not accept the setting \(name): refuse to run without it."
        case .damaged(let file): "\(file) is damaged and was not migrated: restore it from a backup."
        case .busy(let file): "\(file) is in use by another process: try again."
        case .io(let file, let code): "\(file) cannot be read or written (code \(code)): check disk and permissions."
        }
    }
}

extension StorageError {
    /// Runs `body` and turns what GRDB throws into a case of ours; other errors pass through.
    public static func wrapping<Result: ~Copyable>(_ file: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StorageError(error, file: file)
        }
    }

    package init(_ error: DatabaseError, file: String) {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(file: file)
        case .SQLITE_NOTADB: self = .notOurs(file: file)
        case let code: self = .io(file: file, code: code.rawValue)
        }
    }
}
