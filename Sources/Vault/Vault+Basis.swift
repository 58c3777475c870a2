// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
package import Interactions

extension Vault {
    /// Whom the data may be kept of: those for whom at least one purpose has a lawful basis.
    ///
    /// A consent is one. So is a purpose that needs none, unless the user objected to it; restricted data are kept (GDPR article 18).
    /// - Parameter purposes: The purposes that rest on consent.
    /// - Returns: The answer for whoever said nothing, and those for whom it is the other one. Private.
    package func keeping(
        requiringConsent purposes: Set<Purpose>
    ) throws -> (keepsOthers: Bool, exceptions: Set<UserPseudonym>) {
        let keepsOthers = Purpose.allCases.contains { !purposes.contains($0) }
        let words = try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                var words: [UserPseudonym: [Purpose: Preference]] = [:]
                for word in try Words(vault: self, database: database).all() {
                    guard let purpose = Purpose(rawValue: word.purpose) else { continue }
                    words[word.user, default: [:]][purpose] = word.preference
                }
                return words
            }
        }
        let exceptions = words.filter { _, said in
            let keeps = Purpose.allCases.contains { purpose in
                switch said[purpose] {
                case .consent: true
                case .object: false
                case .restrict, nil: !purposes.contains(purpose)
                }
            }
            return keeps != keepsOthers
        }
        return (keepsOthers, Set(exceptions.keys))
    }
}
