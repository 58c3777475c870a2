// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import Storage
import TestSupport
import Testing

@testable import Vault

/// A `keys.sqlite` that counts as large: what SQLite left of a destroyed key in the unused part of a page.
struct RemainsTests {
    private static let users = 3000

    /// Keys of users `u-0`, `u-1`…, written in random order of pseudonyms; a decoy lies in the unused part of a page, so that
    /// it shows whether the file was rewritten.
    private final class Fixture {
        let files: VaultFixture
        let decoy = SystemRandom.bytes(72)
        private(set) var wrapped: [[UInt8]] = []

        init() throws {
            files = try VaultFixture(itemCount: 1)
            let names = try files.open()
            let file = try DatabaseQueue(path: files.keysURL.path)
            wrapped = (0..<users).map { _ in SystemRandom.bytes(72) }
            let rows = wrapped
            try file.write { database in
                let insert = try database.makeStatement(sql: "INSERT INTO keys VALUES (?, ?)")
                for (number, key) in rows.enumerated() {
                    try insert.execute(arguments: [Data(names.pseudonym(of: "u-\(number)").bytes), Data(key)])
                }
            }
            try file.close()
        }

        func open() throws -> Vault { try files.open(largestRewritten: 0) }

        /// Writes bytes where SQLite does not look. Nobody may have the file open.
        func plant(_ bytes: [UInt8]) throws {
            let file = try FileHandle(forUpdating: files.keysURL)
            defer { try? file.close() }
            let all = [UInt8](try file.readToEnd() ?? Data())
            for page in stride(from: 4096, to: all.count, by: 4096) where all[page] == 10 {
                let cells = Int(all[page + 3]) << 8 | Int(all[page + 4])
                let (start, end) = (page + 8 + 2 * cells, page + Int(all[page + 5]) << 8 + Int(all[page + 6]))
                // Room for it between the pointers and the cells, and cells enough that a deletion merges no pages.
                guard end - start > 96, end - start < 1800 else { continue }
                let free = start + 12
                try file.seek(toOffset: UInt64(free))
                return try file.write(contentsOf: Data(bytes))
            }
            Issue.record("no page has room")
        }

        var isDecoyThere: Bool { get throws { try files.occurrences(of: decoy) > 0 } }
    }

    @Test(
        "a piece of a destroyed key anywhere in the file is found and goes",
        arguments: [0..<72, 0..<24, 25..<48, 48..<72, 49..<72])
    func pieceGoes(range: Range<Int>) throws {
        let fixture = try Fixture()
        let piece = Array(fixture.wrapped[7][range])
        try fixture.plant(piece)
        #expect(try fixture.files.occurrences(of: piece) == 2, "the row and the copy")
        let vault = try fixture.open()
        try VaultFixture.erase("u-7", in: vault)
        #expect(try fixture.files.occurrences(of: piece) == 0)
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.keyCount() == Self.users - 1)
    }

    @Test("where nothing is left the file is not rewritten, for a known id as for an unknown one")
    func notRewritten() throws {
        let fixture = try Fixture()
        try fixture.plant(fixture.decoy)
        let vault = try fixture.open()
        for id in ["u-7", "nobody"] {
            try VaultFixture.erase(id, in: vault)
            #expect(try vault.pendingErasures().isEmpty)
            #expect(try fixture.isDecoyThere)
        }
        #expect(try fixture.files.occurrences(of: Array(fixture.wrapped[7][24..<48])) == 0)
    }

    @Test(
        "an erasure that a crash cut short has forgotten the key: the file is rewritten, whoever it was about",
        arguments: ["u-7", "nobody"], 0...3)
    func resumed(id: String, stepsDone: Int) throws {
        let fixture = try Fixture()
        try fixture.plant(id == "nobody" ? fixture.decoy : fixture.wrapped[7])
        do {
            let vault = try fixture.open()
            let intent = try vault.beginErasure(of: id)
            if stepsDone >= 1 { try vault.destroyKey(intent) }
            if stepsDone >= 2 { try vault.deleteRows(intent) }
            if stepsDone >= 3 { try vault.markErased(intent) }
        }
        let vault = try fixture.open()
        for intent in try vault.pendingErasures() { try VaultFixture.finish(intent, in: vault) }
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try !fixture.isDecoyThere)
        #expect(try fixture.files.occurrences(of: Array(fixture.wrapped[7][24..<48])) == (id == "nobody" ? 1 : 0))
    }

    @Test("and so is it when the same person is asked for again meanwhile")
    func begunAgain() throws {
        let fixture = try Fixture()
        try fixture.plant(fixture.wrapped[7])
        do {
            let vault = try fixture.open()
            try vault.destroyKey(vault.beginErasure(of: "u-7"))
        }
        try VaultFixture.erase("u-7", in: fixture.open())
        #expect(try fixture.files.occurrences(of: Array(fixture.wrapped[7][24..<48])) == 0)
    }

    @Test("among very many, and while the master key is being rotated, the file is rewritten")
    func manyAndRotating() throws {
        let many = try Fixture()
        try many.plant(many.decoy)
        let vault = try many.open()
        let intents = try vault.beginErasures(of: (0...Vault.mostKeysSearched).map { "nobody-\($0)" })
        try vault.destroyKeys(intents)
        try vault.deleteRows(intents)
        try vault.markErased(intents)
        try vault.truncateLogs()
        #expect(try !many.isDecoyThere)

        let rotating = try Fixture()
        try rotating.plant(rotating.decoy)
        try rotating.files.vandalise(rotating.files.keysURL, "UPDATE master SET rotation = zeroblob(16)")
        try VaultFixture.erase("u-7", in: rotating.open())
        #expect(try !rotating.isDecoyThere)
    }

    @Test("several keys at once: one piece of one of them is enough")
    func several() throws {
        let fixture = try Fixture()
        try fixture.plant(Array(fixture.wrapped[31][10..<40]))
        let vault = try fixture.open()
        let intents = try vault.beginErasures(of: (20..<60).map { "u-\($0)" })
        try vault.destroyKeys(intents)
        try vault.deleteRows(intents)
        try vault.markErased(intents)
        try vault.truncateLogs()
        for number in 20..<60 {
            #expect(try fixture.files.occurrences(of: Array(fixture.wrapped[number][16..<40])) == 0)
        }
    }

    @Test("23 bytes are found at every place, also where two blocks meet; other bytes are not")
    func everyPlace() throws {
        let folder = try TemporaryDirectory()
        let needle = SystemRandom.bytes(72)
        let block = 1 << 20
        for place in Array(0..<40) + Array(block - 30..<block + 10) + [2 * block - 32] {
            // One file, written over: the descriptor that reads it stays open.
            let file = folder.file("file")
            var bytes = [UInt8](repeating: 7, count: 2 * block)
            bytes.replaceSubrange(place..<place + 23, with: needle[place % 50..<place % 50 + 23])
            try Data(bytes).write(to: file)
            #expect(try RemainsSearch(of: [SystemRandom.bytes(72), needle]).occur(in: file))
            #expect(try !RemainsSearch(of: [SystemRandom.bytes(72)]).occur(in: file))
        }
        #expect(try !RemainsSearch(of: []).occur(in: folder.empty()))
        #expect(throws: StorageError.io(file: "none", code: ENOENT)) {
            try RemainsSearch(of: [needle]).occur(in: folder.file("none"))
        }
    }
}

/// The same of `vault.sqlite`.
struct VaultRemainsTests {
    private static let users = 600

    private func fixture() throws -> VaultFixture {
        let files = try VaultFixture(itemCount: 50)
        let vault = try files.open()
        _ = try vault.append(
            (0..<Self.users).map { .init(userID: "u-\($0)", interactions: events(30, seed: UInt64($0), items: 50)) })
        try vault.truncateLogs()
        return files
    }

    enum Piece: CaseIterable { case pseudonym, head, startOfHead, endOfHead }

    @Test("a piece of an erased person's rows anywhere in the file is found and goes", arguments: Piece.allCases)
    func pieceGoes(piece: Piece) throws {
        let files = try fixture()
        let head: [UInt8]
        let planted: [UInt8]
        do {
            let vault = try files.open()
            let user = vault.pseudonym(of: "u-7")
            head = try #require(
                try files.rows(files.vaultURL, "SELECT sealed FROM heads WHERE pseudonym = ?", [Data(user.bytes)]).first
            )
            planted =
                switch piece {
                case .pseudonym: user.bytes
                case .head: Array(head[100..<116])
                case .startOfHead: Array(head.prefix(12))
                case .endOfHead: Array(head.suffix(12))
                }
        }
        #expect(try SQLitePages.plant(planted, in: files.vaultURL, avoiding: Array(head.prefix(16))))
        let before = try files.occurrences(of: planted)
        #expect(before >= 2, "the row and the copy")
        let vault = try files.open(largestRewritten: 0)
        try VaultFixture.erase("u-7", in: vault)
        #expect(try files.occurrences(of: planted) == 0)
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.members(for: .train).count == Self.users - 1)
    }

    @Test("where nothing is left the file is not rewritten, for a known id as for an unknown one; resumed it is")
    func notRewritten() throws {
        let files = try fixture()
        let decoy = SystemRandom.bytes(16)
        #expect(try SQLitePages.plant(decoy, in: files.vaultURL))
        do {
            let vault = try files.open(largestRewritten: 0)
            for id in ["u-7", "nobody"] {
                try VaultFixture.erase(id, in: vault)
                #expect(try vault.pendingErasures().isEmpty)
                #expect(try files.occurrences(of: decoy) == 1)
            }
            try vault.destroyKey(vault.beginErasure(of: "u-8"))
        }
        let vault = try files.open(largestRewritten: 0)
        for intent in try vault.pendingErasures() { try VaultFixture.finish(intent, in: vault) }
        #expect(try files.occurrences(of: decoy) == 0)
    }

    @Test("who ends another's erasure knows nobody's traces, who ends their own knows them")
    func usersLeaving() throws {
        let files = try fixture()
        let vault = try files.open()
        func mark(_ id: String, in vault: Vault) throws {
            let intent = try vault.beginErasure(of: id)
            try vault.destroyKey(intent)
            try vault.deleteRows(intent)
            try vault.markErased(intent)
        }
        #expect(try vault.usersLeaving() == [])
        try mark("u-1", in: vault)
        #expect(try vault.usersLeaving() == [vault.pseudonym(of: "u-1")])
        try mark("u-2", in: files.open())
        #expect(try vault.usersLeaving() == nil)
        try vault.truncateLogs()
        #expect(try vault.usersLeaving() == [])
    }
}

/// What a process remembers of the erasures that it carries out.
struct ErasedTracesTests {
    @Test("traces are kept once, and forgotten where an erasure was under way before or rows are too large")
    func keeping() throws {
        let (user, a, b) = (
            try #require(UserPseudonym(bytes: [UInt8](repeating: 3, count: 16))), [UInt8(1)], [UInt8(2)]
        )
        var traces = ErasedTraces()
        #expect(traces.keys(of: []) == [] && traces.keys(of: [a]) == nil)
        traces.begin(a, of: user, isFresh: true)
        #expect(traces.users(of: [a]) == [user] && traces.keys(of: [a]) == nil && traces.rows(of: [a]) == nil)
        traces.keep(key: [7], of: a)
        traces.keep(key: [8], of: a)
        traces.keep(rows: [[1], [2, 3]], of: a)
        #expect(traces.keys(of: [a]) == [[7]] && traces.rows(of: [a]) == [[1], [2, 3]])
        traces.begin(b, of: user, isFresh: false)
        traces.keep(key: [9], of: b)
        #expect(traces.users(of: [a, b]) == nil && traces.keys(of: [b]) == nil)
        traces.begin(b, of: user, isFresh: true)
        traces.keep(rows: [[UInt8](repeating: 0, count: 5 << 20)], of: b)
        #expect(traces.rows(of: [b]) == nil && traces.rows(of: [a]) != nil)
        traces.forget([a])
        #expect(traces.users(of: [a]) == nil && traces.users(of: [b]) == [user])
    }
}

struct RemainsSearchTests {
    @Test("a piece is found from its shortest length on, at every place and of every part", arguments: [12, 23])
    func shortest(length: Int) throws {
        let folder = try TemporaryDirectory()
        let needle = SystemRandom.bytes(72)
        let block = 1 << 18
        for place in Array(0..<40) + Array(block - 30..<block + 10) {
            let part = place % (72 - length)
            let file = folder.file("file")
            for count in [length, length - 1] {
                var bytes = [UInt8](repeating: 7, count: 2 * block)
                bytes.replaceSubrange(place..<place + count, with: needle[part..<part + count])
                // Not longer by chance.
                if place > 0, part > 0 { bytes[place - 1] = ~needle[part - 1] }
                bytes[place + count] = ~needle[part + count]
                try Data(bytes).write(to: file)
                let found = try RemainsSearch(of: [SystemRandom.bytes(72), needle], pieces: length).occur(in: file)
                #expect(found == (count == length), "place \(place), part \(part), \(count) bytes")
            }
        }
    }
}

extension TemporaryDirectory {
    fileprivate func empty() throws -> URL {
        try Data().write(to: file("empty"))
        return file("empty")
    }
}
