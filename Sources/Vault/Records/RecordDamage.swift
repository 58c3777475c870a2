// SPDX-License-Identifier: Apache-2.0

/// What is wrong with one user's record. It costs that user their history, nobody else theirs.
enum RecordDamage: Error, Hashable, Sendable, CustomStringConvertible {
    /// There are sealed rows and no key.
    case keyMissing
    /// The key row was changed, cut, or belongs elsewhere.
    case keyUnreadable
    /// There are segments and no head.
    case headMissing
    case headUnreadable
    /// The head names a segment that is not there.
    case segmentMissing(UInt32)
    /// A segment is there that the head does not name.
    case segmentUnexpected(UInt32)
    /// Changed, cut, swapped, or from an earlier generation.
    case segmentUnreadable(UInt32)
    /// What is kept beside the events: a row changed, cut, swapped, added, missing or of another generation than the others.
    case keptUnreadable
    /// The events of unknown items: likewise, or all of them missing, or others than the head names.
    case pendingUnreadable

    var description: String {
        switch self {
        case .keyMissing: "the key row is missing"
        case .keyUnreadable: "the key row does not open (changed, cut or moved)"
        case .headMissing: "the head is missing"
        case .headUnreadable: "the head does not open (changed, cut or moved)"
        case .segmentMissing(let number): "segment \(number) is missing"
        case .segmentUnexpected(let number): "segment \(number) is not named by the head (replayed head or added row)"
        case .segmentUnreadable(let number): "segment \(number) does not open (changed, cut, swapped or replayed)"
        case .keptUnreadable:
            "what is kept beside the events does not open (changed, cut, swapped, replayed or missing in part)"
        case .pendingUnreadable:
            "the events of unknown items do not open (changed, cut, swapped, replayed, added or missing)"
        }
    }
}
