// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import GRDB
import Interactions

/// Who pays for a run, and from which account. Private.
struct Charge {
    /// Ascending, each with the account they had before.
    let members: [(user: UserPseudonym, account: Int64)]
    /// The accounts that can afford it, with what they have spent.
    let paying: [Int64: AccountSums]

    /// Writes the charge. An account whose users all pay is charged in place; of one that only some of its users pay from,
    /// the smaller part moves to a new account. Who was never charged gets a first account.
    func apply(run: Int64, price: PlanPrice, _ db: Database) throws {
        var counts: [Int64: Int] = [:]
        for member in members { counts[member.account, default: 0] += 1 }
        var payersMove: [Int64: Int64] = [:]  // old account to the payers' new one
        var othersMove: [Int64: Int64] = [:]  // old account to the new one of those who do not pay
        for (id, paying) in counts.sorted(by: { $0.key < $1.key }) {
            if id == Membership.nobody {
                payersMove[id] = try charged(copyOf: nil, users: paying, run: run, price: price, db)
                continue
            }
            let account = Account(id: id, sums: self.paying[id] ?? .zero)
            let users = try Int.fetchOne(db, sql: "SELECT users FROM account WHERE id = ?", arguments: [id]) ?? 0
            let others = users - paying
            if others < 0 { throw LedgerError.damaged("an account has more members than it says") }
            if others == 0 {
                try account.charge(run: run, price: price, db)
            } else if paying <= others {
                payersMove[id] = try charged(copyOf: account, users: paying, run: run, price: price, db)
                try Account.addUsers(-paying, to: id, db)
            } else {
                othersMove[id] = try Account.copy(of: account, users: others, db).id
                try Account.addUsers(-others, to: id, db)
                try account.charge(run: run, price: price, db)
            }
        }
        try movePayers(payersMove, db)
        try moveOthers(othersMove, db)
    }

    private func charged(
        copyOf account: Account?, users: Int, run: Int64, price: PlanPrice, _ db: Database
    ) throws -> Int64 {
        let copy = try Account.copy(of: account, users: users, db)
        try copy.charge(run: run, price: price, db)
        return copy.id
    }

    private func movePayers(_ moves: [Int64: Int64], _ db: Database) throws {
        for (old, new) in moves {
            try Membership.assign(members.filter { $0.account == old }.map(\.user), to: new, db)
        }
    }

    private func moveOthers(_ moves: [Int64: Int64], _ db: Database) throws {
        if moves.isEmpty { return }
        let others = try Membership.users(of: Set(moves.keys), without: members.map(\.user), db)
        for (old, new) in moves { try Membership.assign(others[old] ?? [], to: new, db) }
    }
}
