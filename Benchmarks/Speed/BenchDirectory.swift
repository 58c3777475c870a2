// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Ingestion
import Interactions
import Policies
import Vault

/// A vault and a ledger with a catalogue of ten thousand items.
struct BenchDirectory {
    static let items = (0..<Int(Events.itemCount)).map { CatalogueItem(id: String($0)) }
    private static let id = "feedfeedfeedfeed"
    let url: URL
    let vault: Vault
    let ledger: BudgetLedger
    private let policy: Policy

    init(at url: URL) throws {
        self.url = url
        let key = SystemRandom.bytes(32)
        try Vault.create(in: url, directoryID: Self.id, isPublicData: false, master: MasterKey(bytes: key))
        try BudgetLedger.create(in: url, directoryID: Self.id)
        vault = try Vault(opening: url, directoryID: Self.id, master: MasterKey(bytes: key))
        ledger = try BudgetLedger(opening: url, directoryID: Self.id, key: vault.ledgerKey())
        policy = try Policy(yaml: Policy.shipped("gdpr") ?? "", file: "gdpr.yaml")
        _ = try vault.importCatalogue(Self.items)
    }

    func ingest(_ file: URL) throws {
        _ = try Ingestion.ingest([.file(file)], options: IngestOptions(), into: vault, policy: policy)
    }

    /// So many people with a dozen events each, all of them members of a run.
    func fill(_ people: Int) throws {
        for start in stride(from: 0, to: people, by: 1 << 17) {
            var table = EventTable()
            for user in start..<min(start + 1 << 17, people) {
                table.ids += Events.userID(user).utf8
                table.idOffsets.append(table.ids.count)
                for event in 0..<12 {
                    table.owners.append(UInt32(user - start))
                    table.interactions.append(
                        Interaction(
                            item: UInt32((user * 31 + event * 977) % BenchDirectory.items.count),
                            time: Int64(event) << 16))
                }
            }
            _ = try vault.append(table)
        }
        guard let scale = Rational(1000, 1) else { return }
        let event = DiscreteLaplaceEvent(
            scale: scale, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 10)
        var members = try vault.members(for: .statistics)
        let request = RunRequest(
            run: RunID(hex: "c0ffee"), kind: "count items", purpose: "statistics",
            plan: RunPlan([RunPlan.Stretch(event: .discreteLaplace(event), count: 1)]), epsilon: .infinity, delta: .zero
        )
        let grant = try ledger.reserve(
            request, policy: policy, policyHash: PolicyHash(hex: String(repeating: "ab", count: 32)), members: &members)
        try grant.finish()
        precondition(members.count == people)
        try vault.truncateLogs()
        try ledger.truncateLogs()
    }

    /// Of its files.
    var sizes: String {
        ["vault", "keys", "ledger"].map { name in
            let path = url.appendingPathComponent("\(name).sqlite").path
            let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
            return "\(name).sqlite \(size >> 20) MiB"
        }.joined(separator: ", ")
    }

    func grant(for members: [UserPseudonym]) -> RunGrant {
        RunGrant(
            run: RunID(hex: "00"), ledger: .directory(Self.id),
            cohort: CohortDigest(hex: Hex.encode(BLAKE2b.hash(members.packedBytes))), policy: PolicyHash(hex: "00"),
            purpose: Purpose.train.rawValue, plan: RunPlan([]), settle: { _ in })
    }
}

/// Events that look like anybody's: uniform users and items, five values, three years.
enum Events {
    static let itemCount: UInt64 = 10_000

    static func userID(_ number: Int) -> String { "user-\(number)" }

    static func write(rows: Int, users: Int, isSorted: Bool, to file: URL) throws {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let out = try FileHandle(forWritingTo: file)
        var text = Array("user,item,value,time\n".utf8)
        var state: UInt64 = 20
        for row in 0..<rows {
            let word = next(&state)
            let user = isSorted ? row * users / rows : Int((word >> 40) % UInt64(users))
            let time = 1_600_000_000 + (word >> 20) % 100_000_000
            text += "\(userID(user)),\(word % itemCount),\(1 + (word >> 32) % 5),\(time)\n".utf8
            if text.count > 1 << 20 || row == rows - 1 {
                try out.write(contentsOf: text)
                text.removeAll(keepingCapacity: true)
            }
        }
        try out.close()
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
