// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import GRDB

/// What some runs cost, read once for many accounts.
struct RunPrices {
    private let prices: [Int64: AccountSums]

    init(of runs: [RunRow]) {
        prices = Dictionary(
            runs.map { ($0.number, AccountSums($0.charged)) }, uniquingKeysWith: { first, _ in first })
    }

    /// The sum over those of the runs that an account was charged for; nobody's account has none.
    func sum(of account: Int64, _ db: Database) throws -> AccountSums {
        let statement = try db.cachedStatement(sql: "SELECT run FROM history WHERE account = ?")
        return try Int64.fetchAll(statement, arguments: [account])
            .reduce(.zero) { sum, run in prices[run].map { sum + $0 } ?? sum }
    }
}
