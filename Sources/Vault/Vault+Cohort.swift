// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Interactions

extension Vault {
    /// Who may take part in `purpose`, ascending: everybody with a record but those who objected, are restricted, or are
    /// erased or about to be.
    /// - Parameter requiringConsent: the policy rests the purpose on consent: only those who gave it.
    public func members(for purpose: Purpose, requiringConsent: Bool = false) throws -> [UserPseudonym] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let permissions = try Permissions(Words(vault: self, database: database), purpose: purpose)
                let marks = try Marks(database).all()
                var members: [UserPseudonym] = []
                let rows = try Row.fetchCursor(database, sql: "SELECT pseudonym FROM heads ORDER BY pseudonym")
                while let row = try rows.next() {
                    guard let user = try row.withUnsafeData(atIndex: 0, { $0.flatMap { UserPseudonym(bytes: $0) } }),
                        !marks.pending.contains(user),
                        marks.tombstones.isEmpty || !marks.tombstones.contains(tombstone(of: user)),
                        permissions.allow(user, requiringConsent: requiringConsent)
                    else { continue }
                    members.append(user)
                }
                return members
            }
        }
    }

    /// The histories of the members of a run, for one purpose, under the grant that was charged to exactly them.
    ///
    /// Marks and preferences are read again: a member who withdrew since the reservation stays in the cohort and contributes
    /// nothing. So does one whose record does not open; `checkIntegrity` tells, this does not.
    /// - Parameters:
    ///   - members: ascending, as the ledger left them.
    ///   - requiringConsent: as for `members(for:requiringConsent:)`; consent may have been taken back since.
    ///   - itemCount: The catalogue that the run was planned for; items that came later are left out. nil: the whole.
    /// - Throws: `.foreignGrant`, `.purposeMismatch`, `.cohortMismatch`; `.busy` or `.io` of the files. Nothing that depends on a history.
    public func openCohort(
        of members: [UserPseudonym], for purpose: Purpose, requiringConsent: Bool = false,
        itemCount planned: Int? = nil,
        under grant: borrowing RunGrant
    ) throws -> Cohort {
        try refuse(members, for: purpose, under: grant)
        var cohort: Cohort?
        try walk(over: members.first.map { $0...(members.last ?? $0) }) { vault, walk in
            let itemCount = try min(Self.itemCount(vault), planned ?? .max)
            let withdrawn = try self.withdrawn(
                among: members, for: purpose, requiringConsent: requiringConsent, vault)
            var builder = CohortBuilder(itemCount: itemCount, reserving: members.count)
            var opener = HistoryOpener()
            let nothing: [Interaction] = []
            for member in members {
                if !withdrawn.isEmpty && withdrawn.contains(member) {
                    builder.append(member, nothing.span)
                    continue
                }
                do {
                    _ = try opener.open(member, in: walk, with: master)
                } catch let damage as RecordDamage { note(damage, of: member) }
                builder.append(member, opener.events.span)
            }
            var built = builder.build()
            if !withdrawn.isEmpty { built.withdraw(withdrawn) }
            cohort = built
        }
        return cohort ?? Cohort(itemCount: 0, members: [])
    }

    /// Grows whenever somebody's erasure, objection or restriction begins. One small read.
    public func changeCount() throws -> Int64 {
        try VaultError.wrapping(VaultSchema.vaultFile) { try vaultFile.read(Self.changeCount) }
    }

    /// Those of a run's members who have withdrawn by now; for a live run, between steps.
    /// - Parameter count: What `changeCount` was when marks were last read, updated here. While it stands, nothing is
    ///   searched and the answer is empty. Start with -1: a mark may have come between opening the cohort and the first call.
    public func withdrawn(
        among members: [UserPseudonym], for purpose: Purpose, requiringConsent: Bool = false,
        since count: inout Int64
    ) throws -> Set<UserPseudonym> {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let current = try Self.changeCount(database)
                if current == count { return [] }
                let withdrawn = try self.withdrawn(
                    among: members, for: purpose, requiringConsent: requiringConsent, database)
                count = current
                return withdrawn
            }
        }
    }

    /// Refuses people, or a purpose, that the grant was not charged for.
    func refuse(_ members: [UserPseudonym], for purpose: Purpose, under grant: borrowing RunGrant) throws {
        guard grant.ledger == .directory(directoryID) else { throw VaultError.foreignGrant }
        guard grant.purpose == purpose.rawValue else { throw VaultError.purposeMismatch }
        guard zip(members, members.dropFirst()).allSatisfy(<),
            Hex.encode(BLAKE2b.hash(members.packedBytes)) == grant.cohort.hex
        else { throw VaultError.cohortMismatch }
    }

    private static func changeCount(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT changes FROM vault WHERE id = 1") ?? 0
    }

    func withdrawn(
        among members: [UserPseudonym], for purpose: Purpose, requiringConsent: Bool, _ database: Database
    ) throws -> Set<UserPseudonym> {
        let permissions = try Permissions(Words(vault: self, database: database), purpose: purpose)
        let marks = try Marks(database).all()
        if permissions.isEmpty && marks.tombstones.isEmpty && !requiringConsent { return [] }
        var withdrawn: Set<UserPseudonym> = []
        for member in members {
            let isMarked = !marks.tombstones.isEmpty && marks.tombstones.contains(tombstone(of: member))
            if isMarked || !permissions.allow(member, requiringConsent: requiringConsent) { withdrawn.insert(member) }
        }
        return withdrawn
    }
}
