// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Evaluation
public import Foundation
import Ingestion
import Interactions
import Vault

/// Asks for public events in two parts: one to train on, one to test with.
public struct SplitRequest: Sendable {
    public enum Way: String, CaseIterable, Sendable {
        /// Each user's latest item is tested.
        case lastItem = "last-item"
        /// Each item of a user is tested with a probability.
        case random
        /// Whole users are held out of training, and tested with a part of their items.
        case strong
    }
    public var file: String
    public var way: Way
    /// The part of a user's items that is tested; `lastItem` does not ask.
    public var fraction: Double
    /// The part of users that `strong` holds out.
    public var users: Double
    /// Of the coins.
    public var seed: UInt64

    public init(file: String, way: Way, fraction: Double = 0.2, users: Double = 0.1, seed: UInt64 = 1) {
        (self.file, self.way, self.fraction, self.users, self.seed) = (file, way, fraction, users, seed)
    }

    var holdOut: HoldOut {
        switch way {
        case .lastItem: .lastItem
        case .random: .byItem(fraction: fraction, seed: seed)
        case .strong: .strong(users: users, fraction: fraction, seed: seed)
        }
    }
}

/// How many events a split put where.
public struct SplitReport: Encodable, Sendable {
    public let users: Int
    /// Events to train on.
    public let train: Int
    /// Items to compare lists with.
    public let test: Int
    /// Events of users who are held out of training, to fold them in from; absent where nobody is.
    public let foldIn: Int?
}

extension Engine {
    /// Splits a file of events that the caller states to be public into `train.csv`, `test.csv` and, where users are held
    /// out whole, `foldin.csv`, in a new folder. Nothing is stored.
    ///
    /// Users and items keep their order; the same seed gives the same files.
    /// - Throws: `.exists` for a folder that is there; `.badData` for a bad row; `.usage` for a fraction outside (0, 1).
    public func split(_ request: SplitRequest, to folder: URL) async throws(DiscreetError) -> SplitReport {
        try facade {
            guard [request.fraction, request.users].allSatisfy({ $0 > 0 && $0 < 1 }) else {
                throw DiscreetError(
                    .usage, "A part that is held out lies between 0 and 1", hint: "For example --fraction 0.2.")
            }
            let way = request.holdOut
            let catalogue = try vault.catalogue()
            let table = try HistoryTable(
                InputSource(argument: request.file), options: IngestOptions(strict: true), catalogue: catalogue)
            let header = "user,item,value,time\n"
            var (train, test, foldIn) = (header, "user,item\n", header)
            var counts = (train: 0, test: 0, foldIn: 0)
            func rows(_ user: String, _ history: History) -> String {
                history.interactions.map { event in
                    Self.row([
                        user, catalogue.items[Int(event.item)].id, "\(event.value)", "\(event.time)",
                    ])
                }.joined()
            }
            for (user, history) in table.users {
                let digest = BLAKE2b.hash(Array(user.utf8))
                let part = way.split(history, key: digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
                train += rows(user, part.train)
                counts.train += part.train.count
                // Where the training events are the history, a second copy of them would say nothing.
                if part.train.isEmpty {
                    foldIn += rows(user, part.foldIn)
                    counts.foldIn += part.foldIn.count
                }
                for item in part.test { test += Self.row([user, catalogue.items[Int(item)].id]) }
                counts.test += part.test.count
            }
            try DurableFile.makeFolder(folder)
            try DurableFile.write(train, to: folder.appendingPathComponent("train.csv"))
            try DurableFile.write(test, to: folder.appendingPathComponent("test.csv"))
            if counts.foldIn > 0 { try DurableFile.write(foldIn, to: folder.appendingPathComponent("foldin.csv")) }
            return SplitReport(
                users: table.users.count, train: counts.train, test: counts.test,
                foldIn: counts.foldIn > 0 ? counts.foldIn : nil)
        }
    }

    /// A line of CSV as RFC 4180 quotes it.
    private static func row(_ cells: [String]) -> String {
        cells.map { cell in
            let isPlain = !cell.utf8.contains { "\",\r\n".utf8.contains($0) }
            return isPlain ? cell : "\"" + cell.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}
