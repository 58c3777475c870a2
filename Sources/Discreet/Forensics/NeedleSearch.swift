// SPDX-License-Identifier: Apache-2.0

/// Looks for many short byte strings at once, at every position of a file.
struct NeedleSearch {
    /// The length of a piece. Any stretch of 31 bytes of a longer needle that survived holds a whole piece.
    static let pieceLength = 16

    private var pieces: [UInt64: [(bytes: [UInt8], what: String)]] = [:]
    private var shorts: [(bytes: [UInt8], what: String)] = []
    private(set) var count = 0

    /// Cuts a needle into pieces. One of at most 16 bytes is looked for whole; pieces of padding say nothing and are left out.
    mutating func add(_ needle: [UInt8], what: String) {
        if needle.count <= Self.pieceLength {
            if !needle.isEmpty { shorts.append((needle, what)) }
            count += needle.isEmpty ? 0 : 1
            return
        }
        for start in stride(from: 0, through: needle.count - Self.pieceLength, by: Self.pieceLength) {
            let piece = Array(needle[start..<start + Self.pieceLength])
            guard Set(piece).count >= 6 else { continue }
            pieces[Self.word(piece), default: []].append((piece, what))
            count += 1
        }
    }

    /// What occurs in `bytes`, each occurrence by the name of its needle.
    func matches(in bytes: [UInt8]) -> [String] {
        var found: [String] = []
        var window: UInt64 = 0
        for end in bytes.indices {
            window = window << 8 | UInt64(bytes[end])
            let start = end - 7
            guard start >= 0, let candidates = pieces[window] else { continue }
            for candidate in candidates where bytes[start...].starts(with: candidate.bytes) {
                found.append(candidate.what)
            }
        }
        for short in shorts {
            guard bytes.count >= short.bytes.count else { continue }
            for start in 0...(bytes.count - short.bytes.count)
            where bytes[start] == short.bytes[0] && bytes[start...].starts(with: short.bytes) {
                found.append(short.what)
            }
        }
        return found
    }

    private static func word(_ piece: [UInt8]) -> UInt64 { piece.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
