// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Columns of a file that anybody may have edited: a value that is missing or of another type is damage. GRDB's subscripts
/// would end the process.
extension Row {
    /// - Throws: `LedgerError.damaged`.
    func get<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: String) throws -> Value {
        do { return try decode(Value.self, forColumn: column) } catch { throw Self.unreadable }
    }

    /// The same by position.
    func get<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value {
        do { return try decode(Value.self, atIndex: index) } catch { throw Self.unreadable }
    }

    private static var unreadable: LedgerError { .damaged("a row cannot be read") }
}
