// SPDX-License-Identifier: Apache-2.0

import GRDB
import Interactions

/// Which account each user has. Everything here is private.
enum Membership {
    /// The account of who was never charged.
    static let nobody: Int64 = 0

    static func account(of user: UserPseudonym, _ db: Database) throws -> Int64? {
        let page = try MemberPage.checked(holding: user, db)
        let index = page.index(of: user)
        return index < page.users.count && page.users[index] == user ? page.accounts[index] : nil
    }

    /// Calls `body` with each of `users` (ascending, unique) and their account, `nobody` for who has none.
    static func forEach(
        of users: [UserPseudonym], _ db: Database, _ body: (UserPseudonym, Int64) throws -> Void
    ) throws {
        try MemberPage.visit(users, db) { page, indices in
            var place = indices.isEmpty ? 0 : page.index(of: users[indices.lowerBound])
            for index in indices {
                let user = users[index]
                while place < page.users.count, page.users[place] < user { place += 1 }
                let isThere = place < page.users.count && page.users[place] == user
                try body(user, isThere ? page.accounts[place] : nobody)
            }
            return false
        }
    }

    /// How those who were asked for move.
    struct Moves {
        /// From which account the users named go where; `nobody`: who has none yet gets this one.
        var named: [Int64: Int64] = [:]
        /// From which account all the others go where.
        var others: [Int64: Int64] = [:]
    }

    /// Gives users (ascending, unique) other accounts, and the others of some accounts too.
    static func move(_ users: [UserPseudonym], _ moves: Moves, _ db: Database) throws {
        if moves.named.isEmpty && moves.others.isEmpty { return }
        try MemberPage.visit(users, everyPage: !moves.others.isEmpty, db) { page, indices in
            var isChanged = false
            var next = indices.lowerBound
            var merged: (users: [UserPseudonym], accounts: [Int64]) = ([], [])
            func admit(before limit: UserPseudonym?) {
                while next < indices.upperBound, limit.map({ users[next] < $0 }) ?? true {
                    if let account = moves.named[nobody] {
                        merged.users.append(users[next])
                        merged.accounts.append(account)
                        isChanged = true
                    }
                    next += 1
                }
            }
            for place in page.users.indices {
                let user = page.users[place]
                admit(before: user)
                let isNamed = next < indices.upperBound && users[next] == user
                if isNamed { next += 1 }
                let account = page.accounts[place]
                let moved = isNamed ? moves.named[account] : moves.others[account]
                if moved != nil { isChanged = true }
                merged.users.append(user)
                merged.accounts.append(moved ?? account)
            }
            admit(before: nil)
            if isChanged { (page.users, page.accounts) = merged }
            return isChanged
        }
    }

    /// Puts one user into an account, whether they had one before or not.
    static func assign(_ user: UserPseudonym, to account: Int64, _ db: Database) throws {
        let old = try self.account(of: user, db) ?? nobody
        try move([user], Moves(named: [old: account]), db)
    }

    /// Takes the user out of their page, which is read once for both.
    /// - Returns: The account that they had; nil for who was never charged.
    static func remove(_ user: UserPseudonym, _ db: Database) throws -> Int64? {
        var page = try MemberPage.checked(holding: user, db)
        let index = page.index(of: user)
        guard index < page.users.count, page.users[index] == user else { return nil }
        page.users.remove(at: index)
        let account = page.accounts.remove(at: index)
        try page.write(db)
        return account
    }
}
