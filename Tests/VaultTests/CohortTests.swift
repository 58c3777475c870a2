// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import TestSupport
import Testing

@testable import Vault

struct CohortTests {
    private let fixture: VaultFixture
    private let vault: Vault

    init() throws {
        fixture = try VaultFixture()
        vault = try fixture.open()
        _ = try vault.append(
            (0..<40).map { .init(userID: "user-\($0)", interactions: events($0 + 1, seed: UInt64($0))) })
    }

    private func counts(_ cohort: Cohort) -> [UserPseudonym: Int] {
        Dictionary(
            uniqueKeysWithValues: cohort.users.indices.map { index in
                (cohort.users[index], cohort.withColumns(of: index) { items, _, _ in items.count })
            })
    }

    @Test("everybody with a record is a member, ascending")
    func members() throws {
        let members = try vault.members(for: .train)
        #expect(members == (0..<40).map { vault.pseudonym(of: "user-\($0)") }.sorted())
    }

    @Test("a cohort holds exactly the members given, with their histories as columns")
    func opens() throws {
        let members = (0..<40).filter { $0 % 3 == 0 }.map { vault.pseudonym(of: "user-\($0)") }.sorted()
        let cohort = try vault.openCohort(of: members, for: .train, under: VaultFixture.grant(for: members))
        #expect(cohort.users == members && cohort.itemCount == 1000)
        let sizes = counts(cohort)
        for user in stride(from: 0, to: 40, by: 3) {
            let history = try vault.history(of: "user-\(user)")
            #expect(sizes[vault.pseudonym(of: "user-\(user)")] == history.distinctItems.count)
        }
        for index in members.indices {
            let items = cohort.withColumns(of: index) { items, _, _ in items.indices.map { items[$0] } }
            #expect(try items == vault.history(of: members[index]).distinctItems)
        }
    }

    @Test("an empty cohort opens, and so does one of users without a record")
    func emptyCohorts() throws {
        #expect(try vault.openCohort(of: [], for: .train, under: VaultFixture.grant(for: [])).count == 0)
        let strangers = [vault.pseudonym(of: "x"), vault.pseudonym(of: "y")].sorted()
        let cohort = try vault.openCohort(of: strangers, for: .train, under: VaultFixture.grant(for: strangers))
        #expect(counts(cohort) == [strangers[0]: 0, strangers[1]: 0])
    }

    @Test(
        "a grant of another directory or of memory opens nothing",
        arguments: [
            LedgerID.directory("another"), .memory(VaultFixture.directoryID), .directory(""),
        ])
    func foreignGrant(ledger: LedgerID) throws {
        let members = try vault.members(for: .train)
        #expect(throws: VaultError.foreignGrant) {
            try vault.openCohort(of: members, for: .train, under: VaultFixture.grant(for: members, ledger: ledger))
        }
    }

    @Test("a run that was reserved for one purpose opens no cohort for another", arguments: Purpose.allCases)
    func otherPurpose(purpose: Purpose) throws {
        let members = try vault.members(for: .train)
        for other in Purpose.allCases where other != purpose {
            #expect(throws: VaultError.purposeMismatch) {
                try vault.openCohort(of: members, for: other, under: VaultFixture.grant(for: members, purpose: purpose))
            }
        }
    }

    @Test("members other than those charged, or in another order, or twice, are refused")
    func wrongMembers() throws {
        let members = try vault.members(for: .train)
        func refuses(_ asked: [UserPseudonym], charged: [UserPseudonym]) {
            #expect(throws: VaultError.cohortMismatch) {
                try vault.openCohort(of: asked, for: .train, under: VaultFixture.grant(for: charged))
            }
        }
        refuses(members, charged: Array(members.dropFirst()))
        refuses(Array(members.dropLast()), charged: members)
        refuses([], charged: members)
        refuses(members.reversed(), charged: members.reversed())
        refuses([members[0], members[0]], charged: [members[0], members[0]])
    }

    @Test(
        "who objected or is restricted is no member for that purpose, and for others still is",
        arguments: [
            Preference.object, .restrict,
        ])
    func objections(word: Preference) throws {
        let user = vault.pseudonym(of: "user-7")
        try vault.setPreference(of: user, purpose: .train, word)
        #expect(try vault.members(for: .train).count == 39)
        #expect(try !vault.members(for: .train).contains(user))
        #expect(try vault.members(for: .statistics).contains(user))
        #expect(try vault.preferences(of: user) == [.train: word])
        try vault.setPreference(of: user, purpose: .train, nil)
        #expect(try vault.members(for: .train).contains(user))
    }

    @Test("a purpose that rests on consent has those members only who gave it")
    func consent() throws {
        let user = vault.pseudonym(of: "user-7")
        try vault.setPreference(of: user, purpose: .attributes, .consent)
        #expect(try vault.members(for: .attributes, requiringConsent: true) == [user])
        #expect(try vault.members(for: .attributes).count == 40)
        // Taken back between reservation and opening, and while a run goes on.
        try vault.setPreference(of: user, purpose: .attributes, nil)
        let cohort = try vault.openCohort(
            of: [user], for: .attributes, requiringConsent: true,
            under: VaultFixture.grant(for: [user], purpose: .attributes))
        #expect(cohort.isWithdrawn(0))
        var count: Int64 = -1
        #expect(
            try vault.withdrawn(among: [user], for: .attributes, requiringConsent: true, since: &count) == [user])
    }

    @Test("whoever withdraws between reservation and opening stays in the cohort and contributes nothing")
    func marksAreReadAgain() throws {
        let members = try vault.members(for: .train)
        let users = (1...4).map { vault.pseudonym(of: "user-\($0)") }
        try VaultFixture.erase("user-1", in: vault)
        _ = try vault.beginErasure(of: "user-2")
        try vault.setPreference(of: users[2], purpose: .train, .object)
        try vault.setPreference(of: users[3], purpose: .statistics, .object)
        let cohort = try vault.openCohort(of: members, for: .train, under: VaultFixture.grant(for: members))
        #expect(cohort.users == members)
        let withdrawn = Set(members.indices.filter { cohort.isWithdrawn($0) }.map { members[$0] })
        #expect(withdrawn == Set(users.prefix(3)))
        #expect(Set(counts(cohort).filter { $0.value == 0 }.keys) == withdrawn)
    }

    @Test("a live run hears of each mark once the counter moves, also from another process")
    func withdrawnSince() throws {
        let members = try vault.members(for: .train)
        var count = try vault.changeCount()
        #expect(try vault.withdrawn(among: members, for: .train, since: &count).isEmpty)
        let other = try fixture.open()
        try other.setPreference(of: vault.pseudonym(of: "user-9"), purpose: .train, .restrict)
        try VaultFixture.erase("user-8", in: other)
        let before = count
        let expected: Set = [vault.pseudonym(of: "user-8"), vault.pseudonym(of: "user-9")]
        #expect(try vault.withdrawn(among: members, for: .train, since: &count) == expected)
        #expect(count > before)
        #expect(try vault.withdrawn(among: members, for: .train, since: &count).isEmpty)
        var fresh: Int64 = -1
        #expect(try vault.withdrawn(among: members, for: .train, since: &fresh) == expected)
    }

    @Test("all histories are handed out only where the data are public")
    func publicHistories() throws {
        #expect(throws: VaultError.notPublicData) { try vault.publicHistories() }
        let open = try VaultFixture(isPublicData: true).open()
        #expect(open.isPublicData)
        try open.append("anna", events(3))
        try open.append("bert", events(4))
        _ = try open.beginErasure(of: "bert")
        #expect(try open.publicHistories().map { "\($0.userID) \($0.history.count)" } == ["anna 3"])
    }

    @Test("an erased user's word is forgotten")
    func erasedPreferences() throws {
        let user = vault.pseudonym(of: "user-7")
        try vault.setPreference(of: user, purpose: .train, .object)
        try VaultFixture.erase("user-7", in: vault)
        #expect(try vault.preferences(of: user).isEmpty)
        try vault.setPreference(of: user, purpose: .train, .object)
        #expect(try vault.preferences(of: user).isEmpty)
    }
}
