// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cryptography

struct BLAKE2bTests {
    @Test("digests are the known ones, keyed and not", .enabled(if: Golden.available, "no golden files"))
    func matchesKnownDigests() throws {
        for known in try CryptoGolden.load().blake2b {
            let message = known.message.bytes
            if known.key.bytes.isEmpty {
                #expect(BLAKE2b.hash(message, length: known.length) == known.digest.bytes)
            } else {
                let key = try HashKey(bytes: known.key.bytes)
                #expect(key.hash(message, length: known.length) == known.digest.bytes)
                #expect(key.hash(message.span, length: known.length) == known.digest.bytes)
            }
        }
    }

    @Test("the pieces in which a message comes do not matter", arguments: 0..<40)
    func hashesPieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let message = sequence(Int.random(in: 0...1000, using: &generator), from: Int(seed))
        var hasher = BLAKE2b.Hasher(length: 48)
        var rest = message[...]
        while !rest.isEmpty {
            let count = Int.random(in: 0...min(200, rest.count), using: &generator)
            hasher.update(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        #expect(hasher.finalize() == BLAKE2b.hash(message, length: 48))
    }

    @Test("a collection without storage hashes as an array does")
    func hashesAnyCollection() {
        let message = sequence(500)
        #expect(BLAKE2b.hash(message.reversed().lazy.reversed()) == BLAKE2b.hash(message))
        #expect(BLAKE2b.hash("text".utf8) == BLAKE2b.hash(text("text")))
    }

    @Test("keys from 16 to 64 bytes are taken, others refused")
    func checksKeyLength() throws {
        for count in 16...64 { #expect(try HashKey(bytes: sequence(count)).hash([]).count == 32) }
        for count in [0, 1, 15, 65, 100] { #expect(thrown { _ = try HashKey(bytes: sequence(count)) } == .badLength) }
    }

    @Test("fresh keys hash differently")
    func freshKeysDiffer() {
        #expect(HashKey().hash(text("user-42")) != HashKey().hash(text("user-42")))
    }

    @Test("a digest length out of range is a mistake of the program")
    func trapsOnDigestLength() async {
        await #expect(processExitsWith: .failure) { _ = BLAKE2b.hash([], length: 15) }
        await #expect(processExitsWith: .failure) { _ = HashKey().hash([], length: 65) }
    }
}
