// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions
import Synchronization

/// Who pays for a run, and from which accounts. Private.
struct Charge {
    /// Ascending: those who were asked for and can afford it.
    let members: [UserPseudonym]
    /// Who of them pays from which account, `nobody` for a first one; nil: all users of all accounts, and nobody else.
    private let crowds: [Int64: Crowd]?
    /// Those who have no account yet, ascending.
    private let newcomers: [UserPseudonym]
    /// How many they are, and their sum: what the run keeps of them.
    let crowd: Crowd

    /// Decides who of `asked` (ascending, unique) pays.
    ///
    /// Where they are exactly those who have accounts, and every account can pay, whole classes are charged and no user is
    /// looked at: O(classes). Else the pages of those who were asked for are read, once.
    init(of asked: [UserPseudonym], payers: inout Payers, _ db: Database) throws {
        let all = Crowd(asked)
        if try payers.areEveryoneAndPay(all, db) {
            (members, crowds, newcomers, crowd) = (asked, nil, [], all)
            return
        }
        var paying: [UserPseudonym] = []
        var first: [UserPseudonym] = []
        var crowds: [Int64: Crowd] = [:]
        paying.reserveCapacity(asked.count)
        try Membership.forEach(of: asked, db) { user, account in
            guard try payers.pays(user, from: account, db) else { return }
            paying.append(user)
            crowds[account, default: .nobody] += Crowd(user)
            if account == Membership.nobody { first.append(user) }
        }
        (members, self.crowds, newcomers) = (paying, crowds, first)
        crowd = crowds.values.reduce(.nobody, +)
    }

    /// Writes the charge. An account whose users all pay is charged in place; of one that only some of its users pay from,
    /// the smaller part moves to a new account. Who was never charged gets a first account.
    func apply(run: Int64, price: PlanPrice, _ db: Database) throws {
        guard let crowds else { return try Self.chargeEveryAccount(run: run, price: price, db) }
        var moves = Membership.Moves()
        for (id, paying) in crowds.sorted(by: { $0.key < $1.key }) {
            if id == Membership.nobody {
                moves.named[id] = try charged(copyOf: nil, crowd: paying, run: run, price: price, db)
                continue
            }
            let account = try Account.find(id, db)
            let others = try Account.crowd(id, db) - paying
            if others.users < 0 { throw LedgerError.damaged("an account has more members than it says") }
            if others.users == 0 {
                try account.charge(run: run, price: price, db)
            } else if paying.users <= others.users {
                moves.named[id] = try charged(copyOf: account, crowd: paying, run: run, price: price, db)
                try Account.add(.nobody - paying, to: id, db)
            } else {
                moves.others[id] = try Account.copy(of: account, crowd: others, db).id
                try Account.add(.nobody - others, to: id, db)
                try account.charge(run: run, price: price, db)
            }
        }
        let onlyFirst = moves.others.isEmpty && moves.named.keys.allSatisfy { $0 == Membership.nobody }
        try Membership.move(onlyFirst ? newcomers : members, moves, db)
    }

    private func charged(
        copyOf account: Account?, crowd: Crowd, run: Int64, price: PlanPrice, _ db: Database
    ) throws -> Int64 {
        let copy = try Account.copy(of: account, crowd: crowd, db)
        try copy.charge(run: run, price: price, db)
        return copy.id
    }

    /// A few thousand at a time: what a statement may have to take back lies in memory.
    private static func chargeEveryAccount(run: Int64, price: PlanPrice, _ db: Database) throws {
        let function = chargeFunction(price)
        db.add(function: function)
        defer { db.remove(function: function) }
        let end = try db.makeStatement(
            sql: "SELECT MAX(id) FROM (SELECT id FROM account WHERE id > ? ORDER BY id LIMIT 16384)")
        let history = try db.makeStatement(
            sql: "INSERT INTO history SELECT id, ? FROM account WHERE id > ? AND id <= ? AND users > 0")
        let sums = try db.makeStatement(
            sql: """
                UPDATE account SET sums = \(function.name)(sums) WHERE id > ? AND id <= ? AND users > 0
                """)
        var last = Membership.nobody
        while let next = try Int64.fetchOne(end, arguments: [last]) {
            try history.execute(arguments: [run, last, next])
            try sums.execute(arguments: [last, next])
            last = next
        }
    }

    /// A price added to the text of sums, as a function of SQL: a run over everyone is a few statements, not three a class.
    private static func chargeFunction(_ price: PlanPrice) -> DatabaseFunction {
        let known = Mutex(SumsMemo<String>())
        return DatabaseFunction("with_price", argumentCount: 1) { values in
            guard let text = String.fromDatabaseValue(values[0]) else {
                throw LedgerError.damaged("an account has no sums")
            }
            return try known.withLock { try $0.value(of: text) { try SumsText.encode($0 + price) } }
        }
    }
}
