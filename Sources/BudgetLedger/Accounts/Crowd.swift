// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions

/// A set of users as their number and the sum of their pseudonyms modulo 2¹²⁸. Private.
///
/// Two sets that are not made for it have the same with probability 2⁻¹²⁸, since pseudonyms are keyed hashes. Unlike a hash
/// of a list it is kept by adding and taking away: a class of ten million costs as much as one of two, and what is left
/// after an erasure tells nothing of who is gone. It has no key: who edits a ledger can edit it too.
struct Crowd: Hashable {
    var users: Int
    var names: UInt128

    static let nobody = Crowd(users: 0, names: 0)

    init(users: Int, names: UInt128) { (self.users, self.names) = (users, names) }

    init(_ user: UserPseudonym) { self.init(users: 1, names: user.number) }

    init(_ users: [UserPseudonym]) { self.init(users: users.count, names: users.sumOfNumbers) }

    // Numbers from an edited file may be any; a wrapped one is none that a check finds right.
    static func + (a: Crowd, b: Crowd) -> Crowd { Crowd(users: a.users &+ b.users, names: a.names &+ b.names) }
    static func - (a: Crowd, b: Crowd) -> Crowd { Crowd(users: a.users &- b.users, names: a.names &- b.names) }
    static func += (a: inout Crowd, b: Crowd) { a = a + b }
    static func -= (a: inout Crowd, b: Crowd) { a = a - b }

    /// The sum as the 16 bytes of a column, the most significant first.
    var namesData: Data {
        Data((0..<16).map { UInt8(truncatingIfNeeded: names >> (120 - 8 * UInt128($0))) })
    }

    /// - Throws: `.damaged` unless there are 16 bytes.
    init(users: Int, namesData: Data) throws {
        guard let crowd = Crowd(users: users, names: namesData) else { throw LedgerError.damaged(Self.damage) }
        self = crowd
    }

    /// Nil unless there are 16 bytes.
    init?(users: Int, names: Data) {
        guard names.count == 16 else { return nil }
        self.init(users: users, names: names.reduce(0) { $0 << 8 | UInt128($1) })
    }

    static let damage = "a sum of names has not 16 bytes"
}
