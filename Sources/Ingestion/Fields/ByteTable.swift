// SPDX-License-Identifier: Apache-2.0

/// Numbers byte strings in order of appearance: equal bytes, equal number. (`String` would take `é` and `e` + accent for one.)
///
/// Open addressing over one flat store; nothing is allocated for a lookup. The hash is seeded, so that ids chosen by strangers cannot be made to collide.
struct ByteTable: Sendable {
    private(set) var count = 0
    private var store: [UInt8] = []
    /// Entry `i` is `store[offsets[i] ..< offsets[i + 1]]`.
    private var offsets: [Int] = [0]
    private var hashes: [UInt64] = []
    /// Entry number + 1, 0 where free; a power of two of them, at most half full.
    private var slots = [UInt32](repeating: 0, count: 1024)
    private let seed: UInt64

    /// - Parameter seed: by default the process's own, as `Hasher` has it.
    init(seed: UInt64 = UInt64(truncatingIfNeeded: Hasher().finalize())) { self.seed = seed | 1 }

    /// Bytes of all entries together.
    var storedBytes: Int { store.count }

    func index(of bytes: Span<UInt8>) -> UInt32? {
        let found = slots[slot(of: bytes, hash: hash(bytes))]
        return found == 0 ? nil : found - 1
    }

    /// The number of `bytes`, a new one if they are new.
    mutating func insert(_ bytes: Span<UInt8>) -> UInt32 {
        let hash = hash(bytes)
        let slot = slot(of: bytes, hash: hash)
        if slots[slot] != 0 { return slots[slot] - 1 }
        for index in bytes.indices { store.append(bytes[index]) }
        offsets.append(store.count)
        hashes.append(hash)
        count += 1
        slots[slot] = UInt32(count)
        if count * 2 > slots.count { grow() }
        return UInt32(count - 1)
    }

    func string(_ index: Int) -> String { String(decoding: store[offsets[index]..<offsets[index + 1]], as: UTF8.self) }

    mutating func removeAll() {
        count = 0
        store.removeAll(keepingCapacity: true)
        offsets = [0]
        hashes.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = 0 }
    }

    private func slot(of bytes: Span<UInt8>, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 || (hashes[Int(entry) - 1] == hash && isEqual(Int(entry) - 1, bytes)) { return slot }
            slot = (slot + 1) & mask
        }
    }

    private func isEqual(_ entry: Int, _ bytes: Span<UInt8>) -> Bool {
        let start = offsets[entry]
        guard offsets[entry + 1] - start == bytes.count else { return false }
        for index in bytes.indices where store[start + index] != bytes[index] { return false }
        return true
    }

    /// Eight bytes a round, each folded into 64 bits by a 128-bit product (the mixing of wyhash).
    private func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var state = seed ^ UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var position = 0
        while position < bytes.count {
            var word: UInt64 = 0
            let end = min(position + 8, bytes.count)
            for index in position..<end { word = word << 8 | UInt64(bytes[index]) }
            state = mixed(state ^ word)
            position = end
        }
        return mixed(state)
    }

    private func mixed(_ value: UInt64) -> UInt64 {
        let product = (value ^ seed).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for entry in 0..<count {
            var slot = Int(truncatingIfNeeded: hashes[entry]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(entry + 1)
        }
    }
}
