// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions

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
        if try all == Account.everyone(db), try payers.everyonePays(db) {
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

    /// A few thousand at a time, so that memory does not grow with the classes.
    private static func chargeEveryAccount(run: Int64, price: PlanPrice, _ db: Database) throws {
        var last = Membership.nobody
        while true {
            let accounts = try Row.fetchAll(
                db, sql: "SELECT id, sums FROM account WHERE id > ? AND users > 0 ORDER BY id LIMIT 4096",
                arguments: [last]
            ).map { Account(id: try $0.get(0), sums: try SumsText.decode($0.get(1))) }
            guard let end = accounts.last else { return }
            for account in accounts { try account.charge(run: run, price: price, db) }
            last = end.id
        }
    }
}
