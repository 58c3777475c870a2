// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Where master keys come from: whoever opens a vault knows the files, the passphrase or the KMS; the vault knows none of them.
public struct MasterKeySource: Sendable {
    /// Which of the two keys that there are during a rotation.
    public enum Place: CaseIterable, Sendable {
        case current
        /// The one that takes its place; there is none but while a rotation is under way, or was cut short.
        case next
    }

    let load: @Sendable (Place) throws -> MasterKey?

    /// - Parameter load: Looks anew at each call; nil where there is no such key at the moment.
    public init(load: @escaping @Sendable (Place) throws -> MasterKey?) { self.load = load }
}
