// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cryptography

struct SecureStreamTests {
    /// Words of one buffer.
    static let bufferWords = 4096

    /// The next `count` words by `fill`.
    private func filled(_ stream: inout SecureStream, _ count: Int) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        var span = words.mutableSpan
        stream.fill(&span)
        return words
    }

    @Test("a seeded stream is libsodium's deterministic generator", .enabled(if: Golden.available, "no golden files"))
    func matchesKnownStreams() throws {
        let golden = try CryptoGolden.load()
        for known in golden.randombytes_buf_deterministic {
            var stream = SecureStream(seed: known.seed.bytes)
            #expect(stream.bytes(known.length) == known.bytes.bytes)
        }
        for known in golden.randombytes_buf_deterministic_1MiB {
            var stream = SecureStream(seed: known.seed.bytes)
            let bytes = stream.bytes(known.length)
            #expect(BLAKE2b.hash(bytes) == known.blake2b_256.bytes)
            #expect(Array(bytes.suffix(16)) == known.last_16.bytes)
        }
    }

    @Test("words are the bytes read little-endian", .enabled(if: Golden.available, "no golden files"))
    func matchesKnownWords() throws {
        for known in try CryptoGolden.load().uint64_le_words {
            let expected = try known.first_words.map { try #require(UInt64($0)) }
            var stream = SecureStream(seed: known.seed.bytes)
            #expect((0..<expected.count).map { _ in stream.next() } == expected)
            var again = SecureStream(seed: known.seed.bytes)
            #expect(filled(&again, expected.count) == expected)
        }
    }

    @Test("the reference ChaCha20 of these tests is right", .enabled(if: Golden.available, "no golden files"))
    func referenceIsRight() throws {
        let golden = try CryptoGolden.load()
        for known in golden.chacha20_ietf_block_rfc8439 {
            let block = ReferenceChaCha20.block(key: known.key.bytes, nonce: known.nonce.bytes, counter: known.counter)
            #expect(block == known.keystream.bytes)
            let words = ReferenceChaCha20.words(known.nonce.bytes)
            let ours = newBytes(64) {
                ChaCha20.fill(
                    $0, count: 64, key: known.key.bytes, nonce: StaticNonce(words[0], words[1], words[2]),
                    counter: known.counter)
            }
            #expect(ours == known.keystream.bytes)
        }
        for known in golden.hchacha20 {
            #expect(ReferenceChaCha20.hchacha20(key: known.key.bytes, input: known.input.bytes) == known.output.bytes)
        }
    }

    @Test("next and fill, mixed in any sizes over several buffers, give the one stream", arguments: 0..<12)
    func isOneStream(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let total = 3 * Self.bufferWords + 100
        let expected = ReferenceChaCha20.streamWords(seed: key, count: total)
        var stream = SecureStream(seed: key)
        var words: [UInt64] = []
        while words.count < total {
            let rest = total - words.count
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: words.append(stream.next())
            case 1: words += filled(&stream, min(rest, Int.random(in: 0...50, using: &generator)))
            case 2: words += filled(&stream, min(rest, Int.random(in: 4000...4200, using: &generator)))
            default: words += filled(&stream, min(rest, 2 * Self.bufferWords))
            }
        }
        #expect(words == expected)
    }

    @Test(
        "bytes use up whole words, over a buffer's end too", arguments: [0, 1, 7, 8, 9, 32_760, 32_767, 32_769, 70_001])
    func bytesUseWholeWords(count: Int) {
        var stream = SecureStream(seed: sequence(32))
        var reference = SecureStream(seed: sequence(32))
        #expect(stream.bytes(count).count == count)
        _ = filled(&reference, (count + 7) / 8)
        #expect(stream.next() == reference.next())
    }

    @Test("after 2³² blocks the key is replaced: the counter never starts over under one key")
    func replacesTheKey() {
        let seed = sequence(32)
        let last = UInt64(1) << 32 - 512
        var stream = SecureStream(seed: seed, block: last)
        let old = ReferenceChaCha20.streamWords(seed: seed, block: UInt32(last), count: Self.bufferWords)
        let new = ReferenceChaCha20.streamWords(seed: BLAKE2b.hash(seed), count: 16)
        #expect(filled(&stream, Self.bufferWords + 16) == old + new)
        #expect(new != ReferenceChaCha20.streamWords(seed: seed, count: 16))
    }

    @Test("two streams from the system have nothing in common")
    func streamsDiffer() {
        var a = SecureStream()
        var b = SecureStream()
        #expect(Set(filled(&a, 1000) + filled(&b, 1000)).count == 2000)
        #expect(SystemRandom.bytes(32) != SystemRandom.bytes(32))
        #expect(SystemRandom.bytes(0) == [])
    }

    @Test("a seed of another length is a mistake of the program")
    func trapsOnSeedLength() async {
        await #expect(processExitsWith: .failure) { _ = SecureStream(seed: [1, 2, 3]) }
    }
}
