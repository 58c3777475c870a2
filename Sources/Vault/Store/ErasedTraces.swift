// SPDX-License-Identifier: Apache-2.0

import Interactions

/// What this process has deleted of the erased, until it is sure that no copy of it is left in a file: pseudonyms, wrapped keys,
/// sealed rows.
///
/// It lies in memory alone. An erasure that was cut short has lost its own, so whoever takes it up rewrites the files instead.
/// Who never had a key or a row is given noise in its place: the search for it costs as much.
struct ErasedTraces {
    /// More people than that are not searched for: among so many it is likely that a file has to be rewritten anyway.
    static let mostPeople = 1024
    /// Bytes of rows that are kept at most.
    private static let mostRowBytes = 4 << 20

    private struct Trace {
        let user: UserPseudonym
        /// Nil while the row is still there.
        var key: [UInt8]?
        var rows: [[UInt8]]?
    }

    /// By tombstone.
    private var traces: [[UInt8]: Trace] = [:]
    private var rowBytes = 0

    /// - Parameter isFresh: no erasure of the same user was under way. Of one that was, key and rows may be gone already.
    mutating func begin(_ tombstone: [UInt8], of user: UserPseudonym, isFresh: Bool) {
        forget([tombstone])
        if isFresh { traces[tombstone] = Trace(user: user) }
    }

    /// Keeps what is about to be destroyed, once: a step that is repeated finds no row any more.
    mutating func keep(key: [UInt8], of tombstone: [UInt8]) {
        if traces[tombstone]?.key == nil { traces[tombstone]?.key = key }
    }

    /// The same of sealed rows, as long as there is room for them.
    mutating func keep(rows: [[UInt8]], of tombstone: [UInt8]) {
        let count = rows.reduce(0) { $0 + $1.count }
        guard let trace = traces[tombstone], trace.rows == nil, rowBytes + count <= Self.mostRowBytes else { return }
        rowBytes += count
        traces[tombstone]?.rows = rows
    }

    /// Of these erasures; nil if of any of them it is not known, or if they are too many.
    func users(of tombstones: [[UInt8]]) -> [UserPseudonym]? { all(tombstones) { $0.user } }

    func keys(of tombstones: [[UInt8]]) -> [[UInt8]]? { all(tombstones) { $0.key } }

    func rows(of tombstones: [[UInt8]]) -> [[UInt8]]? { all(tombstones) { $0.rows }.map { $0.flatMap(\.self) } }

    private func all<Part>(_ tombstones: [[UInt8]], _ part: (Trace) -> Part?) -> [Part]? {
        guard tombstones.count <= Self.mostPeople else { return nil }
        var parts: [Part] = []
        for tombstone in tombstones {
            guard let found = traces[tombstone].flatMap(part) else { return nil }
            parts.append(found)
        }
        return parts
    }

    mutating func forget(_ tombstones: [[UInt8]]) {
        for tombstone in tombstones {
            guard let trace = traces.removeValue(forKey: tombstone) else { continue }
            rowBytes -= trace.rows?.reduce(0) { $0 + $1.count } ?? 0
        }
    }

    mutating func forgetAll() { (traces, rowBytes) = ([:], 0) }
}
