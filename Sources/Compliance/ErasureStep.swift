// SPDX-License-Identifier: Apache-2.0

/// What is done, in this order, after an erasure's intent is durable. Each step can be done again without harm, so that an
/// erasure that was cut short anywhere is taken up from the first one (DESIGN section 5).
public enum ErasureStep: Int, CaseIterable, Sendable {
    /// The wrapped key is overwritten: from here on every sealed record of the user is noise, in whatever copy.
    case destroyKey
    /// The rows of the vault are overwritten.
    case deleteRows
    /// The spending goes to the tombstone; the log's entry is part of that transaction.
    case moveSpending
    /// The intent becomes the mark, and no longer names the pseudonym.
    case markErased
    /// The write-ahead logs are emptied: only now are the bytes gone from the disk, and the erasure is no longer pending.
    /// May have to wait for a reader in another process.
    case truncateLogs
}
