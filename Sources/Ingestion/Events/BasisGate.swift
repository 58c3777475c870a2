// SPDX-License-Identifier: Apache-2.0

package import Interactions
import Policies
import Vault

/// Who may be kept at all: someone for whom at least one purpose has a lawful basis.
///
/// Asked once a user and batch; where nobody differs from the rest, nobody is asked about.
package struct BasisGate {
    private let keepsOthers: Bool
    private let exceptions: Set<UserPseudonym>
    private let pseudonym: (String) -> UserPseudonym?
    private var users = ByteTable()
    private var answers: [Bool] = []

    /// - Parameters:
    ///   - keepsOthers: the answer for everybody but `exceptions`.
    ///   - pseudonym: what the vault calls a user.
    package init(
        keepsOthers: Bool, exceptions: Set<UserPseudonym>, pseudonym: @escaping (String) -> UserPseudonym?
    ) {
        (self.keepsOthers, self.exceptions, self.pseudonym) = (keepsOthers, exceptions, pseudonym)
    }

    /// Everybody is kept, or nobody.
    package static func all(_ keeps: Bool) -> BasisGate {
        BasisGate(keepsOthers: keeps, exceptions: [], pseudonym: { _ in nil })
    }

    /// By the policy's bases and what users said so far.
    init(policy: Policy, vault: Vault) throws {
        let byConsent = Set(Purpose.allCases.filter { policy.bases[$0.rawValue] ?? .consent == .consent })
        let words = try vault.keeping(requiringConsent: byConsent)
        self.init(
            keepsOthers: words.keepsOthers, exceptions: words.exceptions, pseudonym: { vault.pseudonym(of: $0) })
    }

    mutating func keeps(_ user: Span<UInt8>) -> Bool {
        if exceptions.isEmpty { return keepsOthers }
        if users.storedBytes >= EventBatch.idBytesLimit || users.count >= 1 << 20 {
            users.removeAll()
            answers.removeAll(keepingCapacity: true)
        }
        let index = Int(users.insert(user))
        if index == answers.count {
            let isException = pseudonym(users.string(index)).map(exceptions.contains) ?? false
            answers.append(isException != keepsOthers)
        }
        return answers[index]
    }
}
