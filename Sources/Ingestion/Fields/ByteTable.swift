// SPDX-License-Identifier: Apache-2.0

/// Numbers byte strings in order of appearance: equal bytes, equal number. (`String` would take `é` and `e` + accent for one.)
///
/// Open addressing over one flat store; nothing is allocated for a lookup. The hash has two secrets, what it starts from and what it
/// multiplies by, so that ids chosen by strangers cannot be made to collide. A short id is compared in two words, which lie beside
/// each other: a lookup touches two lines of memory, one of the slots and one of these.
struct ByteTable: Sendable {
    /// A byte string as it is looked up: its hash, and what tells it apart.
    struct Key: Sendable {
        let hash: UInt64
        fileprivate let head: Head

        var isShort: Bool { head.isShort }
    }

    /// A byte string in two words.
    fileprivate struct Head: Equatable, Sendable {
        static let mostBytes = 15
        /// Of up to 15 bytes: the first eight and the rest, as big-endian numbers, and the length above.
        /// Of more: the hash, and a length that no short one has.
        let low: UInt64, high: UInt64

        var isShort: Bool { high != .max }
        var length: Int { Int(high >> 56) }
    }

    private(set) var count = 0
    private var store: [UInt8] = []
    /// Entry `i` is `store[offsets[i] ..< offsets[i + 1]]`.
    private var offsets: [Int] = [0]
    private var hashes: [UInt64] = []
    private var heads: [Head] = []
    /// Entry number + 1 below, 0 where free, the upper half of its hash above, so that hardly ever another entry's bytes are
    /// looked at; a power of two of them, at most half full.
    private var slots = [UInt64](repeating: 0, count: 1024)
    private let seed: UInt64
    /// Odd. Were it known, two words could be chosen such that the seed falls out of the hash.
    private let multiplier: UInt64
    /// What was read ahead of its use.
    private var touched: UInt64 = 0

    /// The process's own secrets, as `Hasher` has them.
    init() { self.init(seed: Self.secret(1), multiplier: Self.secret(2)) }

    init(seed: UInt64, multiplier: UInt64) { (self.seed, self.multiplier) = (seed, multiplier | 1) }

    private static func secret(_ number: Int) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(number)
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    /// Bytes of all entries together.
    var storedBytes: Int { store.count }

    @inline(__always)
    func index(of bytes: Span<UInt8>) -> UInt32? {
        let found = UInt32(truncatingIfNeeded: slots[slot(of: key(of: bytes), bytes)])
        return found == 0 ? nil : found - 1
    }

    /// The number of `bytes`, a new one if they are new.
    mutating func insert(_ bytes: Span<UInt8>) -> UInt32 { insert(key(of: bytes), bytes) }

    /// The numbers of many.
    ///
    /// Larger tables do not fit a processor's caches: all slots, then all entries are touched before any is needed, so that
    /// the memory is waited for once and not a hundred times.
    /// - Parameters:
    ///   - bytes: Those of the keys that are not short, one behind the other.
    ///   - ends: where each of these ends.
    mutating func insert(_ keys: [Key], _ bytes: [UInt8], endingAt ends: [Int], appendingTo numbers: inout [UInt32]) {
        let sum = read(keys)
        touched ^= sum
        let bytes = bytes.span
        var (start, next) = (0, 0)
        let none = bytes.extracting(0..<0)
        for key in keys {
            if key.isShort {
                numbers.append(insert(key, none))
            } else {
                numbers.append(insert(key, bytes.extracting(start..<ends[next])))
                start = ends[next]
                next += 1
            }
        }
    }

    /// Reads a word of each line that looking these up will need.
    private func read(_ keys: [Key]) -> UInt64 {
        let slots = slots.span
        let heads = heads.span
        let mask = slots.count - 1
        var sum: UInt64 = 0
        for index in keys.indices { sum ^= slots[Int(truncatingIfNeeded: keys[index].hash) & mask] }
        for index in keys.indices {
            let hash = keys[index].hash
            let entry = slots[Int(truncatingIfNeeded: hash) & mask]
            if entry != 0, (entry ^ hash) >> 32 == 0 { sum ^= heads[Int(entry & 0xFFFF_FFFF) - 1].low }
        }
        return sum
    }

    /// - Parameter bytes: of a short key none are needed.
    private mutating func insert(_ key: Key, _ bytes: Span<UInt8>) -> UInt32 {
        let slot = slot(of: key, bytes)
        let found = UInt32(truncatingIfNeeded: slots[slot])
        if found != 0 { return found - 1 }
        if key.isShort {
            append(key.head)
        } else {
            for index in bytes.indices { store.append(bytes[index]) }
        }
        offsets.append(store.count)
        hashes.append(key.hash)
        heads.append(key.head)
        count += 1
        slots[slot] = Self.entry(count, key.hash)
        if count * 2 > slots.count { grow() }
        return UInt32(count - 1)
    }

    private mutating func append(_ short: Head) {
        for (word, count) in [(short.low, min(8, short.length)), (short.high, max(0, short.length - 8))] {
            for index in (0..<count).reversed() { store.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * index))) }
        }
    }

    func string(_ index: Int) -> String { String(decoding: store[offsets[index]..<offsets[index + 1]], as: UTF8.self) }

    /// All entries in order, with where each begins and the last one ends; the table is empty afterwards.
    mutating func take() -> (bytes: [UInt8], offsets: [Int]) {
        let taken = (bytes: store, offsets: offsets)
        store = []
        removeAll()
        return taken
    }

    mutating func removeAll() {
        count = 0
        store.removeAll(keepingCapacity: true)
        offsets = [0]
        hashes.removeAll(keepingCapacity: true)
        heads.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = 0 }
    }

    private static func entry(_ number: Int, _ hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(number))
    }

    @inline(__always)
    private func slot(of key: Key, _ bytes: Span<UInt8>) -> Int {
        let slots = slots.span
        let heads = heads.span
        let mask = slots.count - 1
        let hash = key.hash
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return slot }
            if (entry ^ hash) >> 32 == 0 {
                let number = Int(entry & 0xFFFF_FFFF) - 1
                if heads[number] == key.head, key.isShort || isEqual(number, bytes) { return slot }
            }
            slot = (slot + 1) & mask
        }
    }

    /// Of an entry that is not short.
    private func isEqual(_ entry: Int, _ bytes: Span<UInt8>) -> Bool {
        let start = offsets[entry]
        guard offsets[entry + 1] - start == bytes.count else { return false }
        let stored = store.span.extracting(start..<start + bytes.count)
        var position = 0
        while position + 8 <= bytes.count {
            if Self.word(stored, position) != Self.word(bytes, position) { return false }
            position += 8
        }
        while position < bytes.count {
            if stored[position] != bytes[position] { return false }
            position += 1
        }
        return true
    }

    @inline(__always)
    func hash(_ bytes: Span<UInt8>) -> UInt64 { key(of: bytes).hash }

    /// Eight bytes a round, each folded into 64 bits by a 128-bit product (the mixing of wyhash).
    @inline(__always)
    func key(of bytes: Span<UInt8>) -> Key {
        let count = bytes.count
        var state = seed ^ UInt64(count) &* 0x9E37_79B9_7F4A_7C15
        var (position, first) = (0, UInt64(0))
        while position + 8 <= count {
            let word = Self.word(bytes, position)
            if position == 0 { first = word }
            state = mixed(state ^ word)
            position += 8
        }
        var last: UInt64 = 0
        if position < count {
            for index in position..<count { last = last << 8 | UInt64(bytes[index]) }
            state = mixed(state ^ last)
        }
        let hash = mixed(state ^ seed)
        if count > Head.mostBytes { return Key(hash: hash, head: Head(low: hash, high: .max)) }
        let length = UInt64(count) << 56
        return Key(hash: hash, head: count < 8 ? Head(low: last, high: length) : Head(low: first, high: length | last))
    }

    /// Eight bytes, the first above. Bounds are checked, and any eight bytes are a number.
    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ position: Int) -> UInt64 {
        UInt64(bigEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    @inline(__always)
    private func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: multiplier)
        return product.high ^ product.low
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for entry in 0..<count {
            var slot = Int(truncatingIfNeeded: hashes[entry]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = Self.entry(entry + 1, hashes[entry])
        }
    }
}
