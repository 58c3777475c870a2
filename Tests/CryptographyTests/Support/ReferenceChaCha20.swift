// SPDX-License-Identifier: Apache-2.0

/// ChaCha20 as RFC 8439 writes it, and HChaCha20: slow, obvious, and not libsodium.
enum ReferenceChaCha20 {
    static func words(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        }
    }

    static func bytes(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
    }

    private static func rounds(_ state: [UInt32]) -> [UInt32] {
        var x = state
        func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
            for (left, right, other, turn) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
                x[left] &+= x[right]
                let mixed = x[other] ^ x[left]
                x[other] = mixed << UInt32(turn) | mixed >> UInt32(32 - turn)
            }
        }
        for _ in 0..<10 {
            for column in 0..<4 { quarter(column, 4 + column, 8 + column, 12 + column) }
            for shift in 0..<4 { quarter(shift, 4 + (shift + 1) % 4, 8 + (shift + 2) % 4, 12 + (shift + 3) % 4) }
        }
        return x
    }

    private static let constants = words(Array("expand 32-byte k".utf8))

    static func block(key: [UInt8], nonce: [UInt8], counter: UInt32) -> [UInt8] {
        let state = constants + words(key) + [counter] + words(nonce)
        return bytes(zip(rounds(state), state).map { $0 &+ $1 })
    }

    static func hchacha20(key: [UInt8], input: [UInt8]) -> [UInt8] {
        let x = rounds(constants + words(key) + words(input))
        return bytes(Array(x[0..<4] + x[12..<16]))
    }

    /// The words of a seeded stream from block `block` on.
    static func streamWords(seed: [UInt8], block: UInt32 = 0, count: Int) -> [UInt64] {
        let blocks = (count + 7) / 8
        let all = (0..<blocks).flatMap {
            self.block(key: seed, nonce: Array("LibsodiumDRG".utf8), counter: block + UInt32($0))
        }
        return (0..<count).map { index in (0..<8).reduce(0) { $0 | UInt64(all[8 * index + $1]) << UInt64(8 * $1) } }
    }
}
