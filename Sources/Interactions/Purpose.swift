// SPDX-License-Identifier: Apache-2.0

/// What a person's data may be used for.
public enum Purpose: String, CaseIterable, Codable, Sendable {
    /// Recommendations made for that person from their own history.
    case serve
    /// Their part in training.
    case train
    /// Their part in counts and metrics.
    case statistics
    /// Use of declared attributes.
    case attributes
}
