// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB

/// Under which master keys the rows of `keys.sqlite` are, by fingerprint: the one row of table `master`.
///
/// A rotation takes it from {current: old} through {current: old, next: new}, where each row is under either, and
/// {current: new, retiring: old}, where none is under the old any more, to {current: new}.
struct MasterKeyState: Equatable, Sendable {
    var current: [UInt8]
    /// Rows are being put under this key; new ones are written under it.
    var next: [UInt8]?
    /// The key to be destroyed: no row is under it.
    var retiring: [UInt8]?
    /// Of the rotation under way: 16 random bytes, by which the log knows it.
    var rotation: [UInt8]?

    init(current: [UInt8]) { self.current = current }

    /// nil: a file of schema 1 that was not opened since.
    init?(_ keys: Database) throws {
        let statement = try keys.cachedStatement(
            sql: "SELECT current, next, retiring, rotation FROM master WHERE id = 1")
        guard let row = try Row.fetchOne(statement) else { return nil }
        current = [UInt8](row[0] as Data)
        next = (row[1] as Data?).map { [UInt8]($0) }
        retiring = (row[2] as Data?).map { [UInt8]($0) }
        rotation = (row[3] as Data?).map { [UInt8]($0) }
    }

    func write(_ keys: Database) throws { try put(keys, verb: "INSERT OR REPLACE") }

    func writeIfMissing(_ keys: Database) throws { try put(keys, verb: "INSERT OR IGNORE") }

    private func put(_ keys: Database, verb: String) throws {
        try keys.execute(
            sql: "\(verb) INTO master (id, current, next, retiring, rotation) VALUES (1, ?, ?, ?, ?)",
            arguments: [Data(current), next.map { Data($0) }, retiring.map { Data($0) }, rotation.map { Data($0) }])
    }

    /// The keys that a row may be under, the one for new rows first.
    var inForce: [[UInt8]] { (next.map { [$0] } ?? []) + [current] }
}
