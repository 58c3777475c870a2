// SPDX-License-Identifier: Apache-2.0

/// The wrapped keys whose rows this process has deleted, until it is sure that no copy of them is left in the file.
///
/// They lie in memory alone. An erasure that was cut short has lost its own, so whoever takes it up rewrites the file instead.
/// Who never had a key is given noise in its place: the search for it costs as much.
struct DestroyedKeys {
    /// By tombstone; empty while the row is still there.
    private var wrapped: [[UInt8]: [UInt8]] = [:]

    /// - Parameter isFresh: no erasure of the same user was under way. Of one that was, the key may be gone already.
    mutating func begin(_ tombstone: [UInt8], isFresh: Bool) { wrapped[tombstone] = isFresh ? [] : nil }

    /// Keeps what is about to be destroyed, once: a step that is repeated finds no row any more.
    mutating func keep(_ key: [UInt8], of tombstone: [UInt8]) {
        if wrapped[tombstone]?.isEmpty == true { wrapped[tombstone] = key }
    }

    /// What was destroyed in these erasures; nil if of any of them it is not known.
    func keys(of tombstones: [[UInt8]]) -> [[UInt8]]? {
        var keys: [[UInt8]] = []
        for tombstone in tombstones {
            guard let key = wrapped[tombstone], !key.isEmpty else { return nil }
            keys.append(key)
        }
        return keys
    }

    mutating func forget(_ tombstones: [[UInt8]]) {
        for tombstone in tombstones { wrapped[tombstone] = nil }
    }

    mutating func forgetAll() { wrapped = [:] }
}
