// SPDX-License-Identifier: Apache-2.0

import CSodium

/// A stream of secure random words: ChaCha20 under a key from the system, drawn in blocks of 32 KiB.
///
/// Key and buffer are zeroed at the end. A child made by `fork` goes on with a key of its own. After 2³² blocks
/// (256 GiB) the key is replaced. One stream serves one task; it is no `RandomNumberGenerator`, so that nothing of the
/// standard library takes it, or another in its place, by default.
@safe
public struct SecureStream: ~Copyable, @unchecked Sendable {
    private static let blockCount = 512
    private static let wordCount = blockCount * ChaCha20.blockLength / 8

    // SAFETY: both allocated in `init`, freed in `deinit`; touched by mutating methods only, hence by one task at a time.
    private let buffer: UnsafeMutablePointer<UInt64>
    private let key: UnsafeMutablePointer<UInt8>
    /// The first word of `buffer` that is not handed out yet.
    private var position = SecureStream.wordCount
    /// The next block of the key stream; 2³² is the end.
    private var nextBlock: UInt64 = 0
    private let isSeeded: Bool
    private var generation = ForkGeneration.current
    private let isForkCounted = ForkGeneration.isRegistered

    /// A stream that nobody can repeat.
    public init() {
        // SAFETY: writes the key's 32 bytes.
        unsafe self.init(isSeeded: false) { unsafe randombytes_buf($0, ChaCha20.keyLength) }
    }

    /// A repeatable stream: the bytes of `randombytes_buf_deterministic`. Not for anything that is released.
    /// - Precondition: `seed` has 32 bytes.
    package init(seed: [UInt8]) { self.init(seed: seed, block: 0) }

    /// The same from the key stream's block `block` on, a multiple of 512.
    init(seed: [UInt8], block: UInt64) {
        precondition(seed.count == ChaCha20.keyLength, "a seed has 32 bytes")
        unsafe self.init(isSeeded: true) { target in
            // SAFETY: both hold 32 bytes.
            unsafe seed.withUnsafeBufferPointer { unsafe target.update(from: $0.baseAddress!, count: $0.count) }
        }
        nextBlock = block
    }

    private init(isSeeded: Bool, _ fillKey: (UnsafeMutablePointer<UInt8>) -> Void) {
        Sodium.start()
        self.isSeeded = isSeeded
        // SAFETY: both are initialised before they are read; `fillKey` writes 32 bytes, as many as there are.
        unsafe buffer = .allocate(capacity: Self.wordCount)
        unsafe buffer.initialize(repeating: 0, count: Self.wordCount)
        unsafe key = .allocate(capacity: ChaCha20.keyLength)
        unsafe key.initialize(repeating: 0, count: ChaCha20.keyLength)
        unsafe fillKey(key)
    }

    /// The next word. For many, `fill` is faster.
    @inline(__always)
    public mutating func next() -> UInt64 {
        if position == Self.wordCount || isInAnotherProcess { refill() }
        // SAFETY: `position` is below `wordCount` after the line above.
        let word = unsafe UInt64(littleEndian: buffer[position])
        position += 1
        return word
    }

    /// Asked for every word: one relaxed load where forks are counted.
    @inline(__always)
    private var isInAnotherProcess: Bool {
        generation != (isForkCounted ? ForkGeneration.count : ForkGeneration.current)
    }

    /// Fills `words` with the next words of the stream: the same as `next()` for each.
    public mutating func fill(_ words: inout MutableSpan<UInt64>) {
        // SAFETY: the span's memory is lent for the call and written within its count.
        unsafe words.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            unsafe fill(base, count: target.count)
        }
    }

    /// `count` bytes. Whole words are used up, so that the words that follow do not depend on `count`'s remainder.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        unsafe newBytes(count) { unsafe fillBytes($0, count: count) }
    }

    deinit {
        // SAFETY: nobody can borrow self any more; sizes as allocated. The compiler may not drop these calls.
        unsafe sodium_memzero(key, ChaCha20.keyLength)
        unsafe sodium_memzero(buffer, Self.wordCount * 8)
        unsafe key.deallocate()
        unsafe buffer.deallocate()
    }
}

extension SecureStream {
    /// `count` bytes to `out`, from whole words.
    mutating func fillBytes(_ out: UnsafeMutablePointer<UInt8>, count: Int) {
        var done = 0
        while done < count {
            if position == Self.wordCount || generation != ForkGeneration.current { refill() }
            let taken = min(count - done, (Self.wordCount - position) * 8)
            // SAFETY: the source has `taken` bytes from `position` on, `out` has `count - done` left.
            unsafe UnsafeMutableRawPointer(out + done).copyMemory(from: buffer + position, byteCount: taken)
            position += (taken + 7) / 8
            done += taken
        }
    }

    private mutating func fill(_ out: UnsafeMutablePointer<UInt64>, count: Int) {
        if generation != ForkGeneration.current { refill() }
        var done = 0
        while done < count {
            if position == Self.wordCount {
                // A whole buffer or more is wanted: straight into the caller's memory.
                if count - done >= Self.wordCount {
                    // SAFETY: `out` has room for a buffer from `done` on.
                    unsafe generate(out + done)
                    done += Self.wordCount
                    continue
                }
                refill()
            }
            let taken = min(count - done, Self.wordCount - position)
            // SAFETY: as many words are left on both sides.
            unsafe (out + done).update(from: buffer + position, count: taken)
            position += taken
            done += taken
        }
        #if _endian(big)
            // SAFETY: within `count`.
            for index in 0..<count { unsafe out[index] = UInt64(littleEndian: out[index]) }
        #endif
    }

    /// Draws the buffer anew; after a fork under a new key.
    @inline(never)
    private mutating func refill() {
        if generation != ForkGeneration.current {
            generation = ForkGeneration.current
            if !isSeeded { rekey() } else if position < Self.wordCount { return }
        }
        // SAFETY: the buffer holds `wordCount` words.
        unsafe generate(buffer)
        position = 0
    }

    /// Writes the next `wordCount` words of the stream to `out`.
    private mutating func generate(_ out: UnsafeMutablePointer<UInt64>) {
        if nextBlock + UInt64(Self.blockCount) > 1 << 32 { rekey() }
        let byteCount = Self.wordCount * 8
        // SAFETY: `out` holds `wordCount` words, looked at as bytes for the call.
        unsafe out.withMemoryRebound(to: UInt8.self, capacity: byteCount) { bytes in
            unsafe ChaCha20.fill(
                bytes, count: byteCount, key: UnsafePointer(key), nonce: .generator, counter: UInt32(nextBlock))
        }
        nextBlock += UInt64(Self.blockCount)
    }

    /// Starts the key stream over under another key: from the system, or for a seeded stream from the old key.
    private mutating func rekey() {
        nextBlock = 0
        if isSeeded {
            // SAFETY: reads and writes 32 bytes; BLAKE2b takes its input before it writes.
            _ = unsafe crypto_generichash(key, ChaCha20.keyLength, key, UInt64(ChaCha20.keyLength), nil, 0)
        } else {
            // SAFETY: writes 32 bytes.
            unsafe randombytes_buf(key, ChaCha20.keyLength)
        }
    }
}
