// SPDX-License-Identifier: Apache-2.0

/// Whose presence is hidden.
public enum PrivacyUnit: String, Hashable, Codable, Sendable {
    /// One user with the whole history.
    case user
}

/// Which data sets are neighbours.
public enum Adjacency: String, Hashable, Codable, Sendable, CaseIterable {
    /// One user is added or removed: what every event and every price of this package means.
    case addOrRemoveUser
    /// One user's history is replaced by any other. Not the same mathematics under sampling: only what is named for it
    /// (`LossAccounting`) speaks of it, and no ledger accepts it.
    case replaceUser
}

extension PrivacyEvent {
    /// The unit of privacy of every event.
    public static let unit = PrivacyUnit.user
    /// The relation under which every event is priced.
    public static let adjacency = Adjacency.addOrRemoveUser
}
