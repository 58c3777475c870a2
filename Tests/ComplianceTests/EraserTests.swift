// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions
import Policies
import Records
import TestSupport
import Testing
import Vault

@testable import Compliance

struct EraserTests {
    private static let id = String(repeating: "ab", count: 16)
    private static let remains = Receipt.Remainder(basis: "legitimate-interest", years: 10)

    /// A vault and a ledger of one directory, two users in them, one run charged.
    private struct Store {
        let folder: TemporaryDirectory
        let key: [UInt8]
        let vault: Vault
        let ledger: BudgetLedger
        let largestRewritten: Int

        /// - Parameter largestRewritten: Up to how many bytes files are rewritten without a look.
        init(largestRewritten: Int = 1 << 20) throws {
            self.largestRewritten = largestRewritten
            folder = try TemporaryDirectory()
            key = Array(repeating: 7, count: 32)
            try Vault.create(
                in: folder.url, directoryID: EraserTests.id, isPublicData: false, master: MasterKey(bytes: key))
            try BudgetLedger.create(in: folder.url, directoryID: EraserTests.id)
            (vault, ledger) = try Self.open(folder.url, key, largestRewritten)
            _ = try vault.importCatalogue((0..<50).map { CatalogueItem(id: "item-\($0)") })
            let events = (0..<20).map { Interaction(item: $0, time: 1_600_000_000 + Int64($0) * 777) }
            _ = try vault.append([
                .init(userID: "alice@example.org", interactions: events),
                .init(userID: "bob@example.org", interactions: events),
            ])
            let policy = try Policy(yaml: try #require(Policy.shipped("gdpr")), file: "gdpr.yaml")
            var members = try vault.members(for: .statistics)
            let event = DiscreteLaplaceEvent(
                scale: try #require(Rational(2, 1)), bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1),
                dimension: 1)
            let request = RunRequest(
                run: RunID(hex: "01"), kind: "count users", purpose: "statistics",
                plan: RunPlan(.discreteLaplace(event)),
                epsilon: EpsilonAmount(0.5, rounding: .up), delta: .zero)
            var grant = try ledger.reserve(
                request, policy: policy, policyHash: PolicyHash(hex: "00"), members: &members)
            _ = grant.next()
            try grant.finish()
        }

        static func open(
            _ url: URL, _ key: [UInt8], _ largestRewritten: Int = 1 << 20
        ) throws -> (Vault, BudgetLedger) {
            (
                try Vault(
                    opening: url, directoryID: EraserTests.id, master: MasterKey(bytes: key), patience: 5,
                    largestRewritten: largestRewritten),
                try BudgetLedger(
                    opening: url, directoryID: EraserTests.id, key: HashKey(bytes: Array(repeating: 3, count: 32)))
            )
        }

        func eraser() -> Eraser { Eraser(vault: vault, ledger: ledger, remains: EraserTests.remains) }
        func spent(_ user: String) throws -> EpsilonAmount {
            let policy = try Policy(yaml: try #require(Policy.shipped("gdpr")), file: "gdpr.yaml")
            return try ledger.statement(ofTombstone: vault.tombstone(of: vault.pseudonym(of: user)), policy: policy)
                .spentEpsilon
        }
        /// All bytes of all files of the directory.
        func bytes() throws -> [(name: String, data: Data)] {
            try FileManager.default.contentsOfDirectory(at: folder.url, includingPropertiesForKeys: nil)
                .filter { !$0.hasDirectoryPath }.map { ($0.lastPathComponent, try Data(contentsOf: $0)) }
        }
    }

    @Test(
        "an erased user's rows are in no byte of any file, rewritten or overwritten; the other user is untouched",
        arguments: [1 << 20, 0])
    func erasesDownToTheBytes(largestRewritten: Int) throws {
        let store = try Store(largestRewritten: largestRewritten)
        let remains = try #require(try store.vault.remains(of: "alice@example.org"))
        let pseudonym = store.vault.pseudonym(of: "alice@example.org")
        #expect(try store.bytes().contains { $0.data.range(of: Data(remains.needles[2].bytes)) != nil })
        let outcome = try store.eraser().erase(["alice@example.org"])
        #expect(outcome.receipts.count == 1 && outcome.pending == 0)
        for needle in remains.needles.map(\.bytes) + [pseudonym.bytes] {
            for file in try store.bytes() { #expect(file.data.range(of: Data(needle)) == nil, "\(file.name)") }
        }
        #expect(try store.vault.history(of: pseudonym).isEmpty)
        #expect(try store.vault.history(of: store.vault.pseudonym(of: "bob@example.org")).count == 20)
        #expect(try store.spent("alice@example.org") == EpsilonAmount(0.5, rounding: .up))
    }

    @Test(
        "cut short after any step, or before the first, it is pending, and ends at the next opening",
        arguments: [nil] + ErasureStep.allCases.dropLast().map { Optional($0) })
    func resumesFromAnywhere(last: ErasureStep?) throws {
        let store = try Store()
        let remains = try #require(try store.vault.remains(of: "alice@example.org"))
        let intent = try store.vault.beginErasure(of: "alice@example.org")
        if let last { _ = try store.eraser().carryOut([intent], through: last) }
        let (vault, ledger) = try Store.open(store.folder.url, store.key)
        #expect(try vault.pendingErasures().count == 1)
        // A late writer does not bring the user back while it is pending.
        let late = try vault.append([.init(userID: "alice@example.org", interactions: [Interaction(item: 3)])])
        #expect(late.accepted == 0)
        try Eraser(vault: vault, ledger: ledger, remains: Self.remains).resume()
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.isErased(vault.pseudonym(of: "alice@example.org")))
        #expect(try store.spent("alice@example.org") == EpsilonAmount(0.5, rounding: .up))
        for needle in remains.needles {
            for file in try store.bytes() { #expect(file.data.range(of: Data(needle.bytes)) == nil, "\(file.name)") }
        }
        #expect(try ledger.verifyChain().isOK && ledger.verifyCharges().isOK)
        // The log has the erasure, and asking again gives the receipt that the crash swallowed.
        let tombstone = Hex.encode(vault.tombstone(of: vault.pseudonym(of: "alice@example.org")))
        #expect(try ledger.entries(ofType: "erase").allSatisfy { $0.content["tombstone"]?.stringValue == tombstone })
        #expect(try !ledger.entries(ofType: "erase").isEmpty)
        let again = try Eraser(vault: vault, ledger: ledger, remains: Self.remains).erase(["alice@example.org"])
        let receipt = try #require(again.receipts.first).verified(as: Receipt.self, publicKey: vault.publicKey)
        #expect(receipt.userTombstone == tombstone)
        #expect(try ledger.entries()[receipt.logIndex].hash() == receipt.logHead)
        #expect(try store.spent("alice@example.org") == EpsilonAmount(0.5, rounding: .up))
    }

    @Test("what another process left of its erasures is not overlooked")
    func endsForOthers() throws {
        let store = try Store(largestRewritten: 0)
        let pseudonym = store.vault.pseudonym(of: "alice@example.org")
        // Another process comes as far as the marks, and dies.
        let (vault, ledger) = try Store.open(store.folder.url, store.key, 0)
        let other = Eraser(vault: vault, ledger: ledger, remains: Self.remains)
        _ = try other.carryOut([vault.beginErasure(of: "alice@example.org")], through: .markErased)
        #expect(try store.eraser().erase(["never@example.org"]).receipts.count == 1)
        #expect(try store.vault.pendingErasures().isEmpty)
        for file in try store.bytes() { #expect(file.data.range(of: Data(pseudonym.bytes)) == nil, "\(file.name)") }
    }

    @Test("an id that never was leaves the same receipt, entry and mark")
    func strangersLookTheSame() throws {
        let store = try Store()
        let known = try #require(try store.eraser().erase(["alice@example.org"]).receipts.first)
        let stranger = try #require(try store.eraser().erase(["never@example.org"]).receipts.first)
        func shape(_ document: SignedDocument) throws -> Receipt {
            let receipt = try document.verified(as: Receipt.self, publicKey: store.vault.publicKey)
            return Receipt(
                day: receipt.day, userTombstone: "", destroyed: receipt.destroyed, remains: receipt.remains,
                logIndex: 0,
                logHead: "")
        }
        #expect(try shape(known) == shape(stranger))
        let erasures = try store.ledger.entries().filter { $0.type == "erase" }
        #expect(
            erasures.map { $0.content.objectValue?.keys.sorted() }
                == Array(repeating: ["cohorts", "preferences", "rules", "tombstone"], count: 2))
        #expect(try store.spent("never@example.org") == .zero)
    }

    @Test("while another process reads, it is pending and says so; afterwards it ends")
    func waitsForReaders() throws {
        let store = try Store()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true  // the read outlives the call, as in another process
        let reader = try DatabaseQueue(path: store.folder.file("ledger.sqlite").path, configuration: configuration)
        try reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Row.fetchOne(db, sql: "SELECT count(*) FROM log")
        }
        let outcome = try store.eraser().erase(["alice@example.org"])
        #expect(outcome.pending == 1 && outcome.receipts.isEmpty)
        #expect(try store.vault.history(of: store.vault.pseudonym(of: "alice@example.org")).isEmpty)
        try reader.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try store.eraser().resume().pending == 0)
        #expect(try store.vault.pendingErasures().isEmpty)
    }

    @Test("many at once get a receipt each, in the order asked, and the books agree")
    func erasesMany() throws {
        let store = try Store()
        let users = ["bob@example.org"] + (0..<2500).map { "never-\($0)" } + ["alice@example.org"]
        let outcome = try store.eraser().erase(users)
        #expect(outcome.receipts.count == users.count && outcome.pending == 0)
        let receipts = try outcome.receipts.map { try $0.verified(as: Receipt.self, publicKey: store.vault.publicKey) }
        #expect(
            receipts.map(\.userTombstone)
                == users.map { Hex.encode(store.vault.tombstone(of: store.vault.pseudonym(of: $0))) })
        let entries = try store.ledger.entries()
        for receipt in receipts { #expect(try entries[receipt.logIndex].hash() == receipt.logHead) }
        #expect(try store.spent("bob@example.org") == EpsilonAmount(0.5, rounding: .up))
        #expect(try store.spent("alice@example.org") == EpsilonAmount(0.5, rounding: .up))
        #expect(try store.spent("never-7") == .zero)
        #expect(try store.ledger.verifyChain().isOK && store.ledger.verifyCharges().isOK)
    }
}
