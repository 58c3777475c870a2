// SPDX-License-Identifier: Apache-2.0

/// Numbers byte strings in order of appearance: equal bytes, equal number. (`String` would take `é` and `e` + accent for one.)
///
/// Open addressing over one flat store; nothing is allocated for a lookup. The hash has two secrets, what it starts from and what it
/// multiplies by, so that ids chosen by strangers cannot be made to collide.
struct ByteTable: Sendable {
    private(set) var count = 0
    private var store: [UInt8] = []
    /// Entry `i` is `store[offsets[i] ..< offsets[i + 1]]`.
    private var offsets: [Int] = [0]
    private var hashes: [UInt64] = []
    /// Entry number + 1 below, 0 where free, the upper half of its hash above, so that hardly ever another entry's bytes are
    /// looked at; a power of two of them, at most half full.
    private var slots = [UInt64](repeating: 0, count: 1024)
    private let seed: UInt64
    /// Odd. Were it known, two words could be chosen such that the seed falls out of the hash.
    private let multiplier: UInt64
    /// Hashes of the entries that are being looked up together, and what was read ahead of its use.
    private var batch: [UInt64] = []
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

    func index(of bytes: Span<UInt8>) -> UInt32? {
        let found = UInt32(truncatingIfNeeded: slots[slot(of: bytes, hash: hash(bytes))])
        return found == 0 ? nil : found - 1
    }

    /// The number of `bytes`, a new one if they are new.
    mutating func insert(_ bytes: Span<UInt8>) -> UInt32 { insert(bytes, hash: hash(bytes)) }

    /// The numbers of many, which stand one behind the other in `bytes`.
    ///
    /// Larger tables do not fit a processor's caches: all slots, then all entries are touched before any is needed, so that
    /// the memory is waited for once and not a hundred times.
    /// - Parameter ends: where each of them ends.
    mutating func insert(_ bytes: [UInt8], endingAt ends: [Int], appendingTo numbers: inout [UInt32]) {
        let bytes = bytes.span
        let mask = slots.count - 1
        var start = 0
        batch.removeAll(keepingCapacity: true)
        for end in ends {
            let hash = hash(bytes.extracting(start..<end))
            batch.append(hash)
            touched ^= slots[Int(truncatingIfNeeded: hash) & mask]
            start = end
        }
        for hash in batch {
            let entry = slots[Int(truncatingIfNeeded: hash) & mask]
            if entry != 0, (entry ^ hash) >> 32 == 0 {
                let begin = offsets[Int(entry & 0xFFFF_FFFF) - 1]
                if begin < store.count { touched ^= UInt64(store[begin]) }
            }
        }
        start = 0
        for index in ends.indices {
            numbers.append(insert(bytes.extracting(start..<ends[index]), hash: batch[index]))
            start = ends[index]
        }
    }

    private mutating func insert(_ bytes: Span<UInt8>, hash: UInt64) -> UInt32 {
        let slot = slot(of: bytes, hash: hash)
        let found = UInt32(truncatingIfNeeded: slots[slot])
        if found != 0 { return found - 1 }
        for index in bytes.indices { store.append(bytes[index]) }
        offsets.append(store.count)
        hashes.append(hash)
        count += 1
        slots[slot] = Self.entry(count, hash)
        if count * 2 > slots.count { grow() }
        return UInt32(count - 1)
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
        for slot in slots.indices { slots[slot] = 0 }
    }

    private static func entry(_ number: Int, _ hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(number))
    }

    private func slot(of bytes: Span<UInt8>, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return slot }
            if (entry ^ hash) >> 32 == 0, isEqual(Int(entry & 0xFFFF_FFFF) - 1, bytes) { return slot }
            slot = (slot + 1) & mask
        }
    }

    private func isEqual(_ entry: Int, _ bytes: Span<UInt8>) -> Bool {
        let start = offsets[entry]
        guard offsets[entry + 1] - start == bytes.count else { return false }
        let stored = store.span.extracting(start..<start + bytes.count)
        for index in bytes.indices where stored[index] != bytes[index] { return false }
        return true
    }

    /// Eight bytes a round, each folded into 64 bits by a 128-bit product (the mixing of wyhash).
    func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var state = seed ^ UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var position = 0
        while position < bytes.count {
            var word: UInt64 = 0
            let end = min(position + 8, bytes.count)
            for index in position..<end { word = word << 8 | UInt64(bytes[index]) }
            state = mixed(state ^ word)
            position = end
        }
        return mixed(state ^ seed)
    }

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
