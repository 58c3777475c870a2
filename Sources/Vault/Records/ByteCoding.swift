// SPDX-License-Identifier: Apache-2.0

/// Appends numbers in the formats of the vault's records.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    /// LEB128: seven bits a byte, low first, the top bit says that more follow.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Little-endian.
    mutating func word32(_ value: UInt32) {
        for shift in stride(from: UInt32(0), through: 24, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }
    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// How many bytes `varint` takes.
    static func varintLength(_ value: UInt64) -> Int { value == 0 ? 1 : (70 - value.leadingZeroBitCount) / 7 }
}

/// Reads what `ByteWriter` wrote; nil at the end of the bytes or at a number that overflows.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = byte() {
            guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func word32() -> UInt32? {
        guard remaining >= 4 else { return nil }
        defer { position += 4 }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << (8 * UInt32($1)) }
    }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }
}

/// The same numbers in lent memory, for the loops over every event.
enum PackedBytes {
    /// Nil at the end of the bytes or at a number that overflows.
    @inline(__always)
    static func varint(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt64? {
        guard position < bytes.count else { return nil }
        let first = bytes[position]
        position += 1
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7F)
        // Two or three bytes are what most times and items take.
        if bytes.count - position >= 2 {
            let (second, third) = (UInt64(bytes[position]), UInt64(bytes[position + 1]))
            value |= (second & 0x7F) << 7
            if second < 0x80 {
                position += 1
                return value
            }
            if third < 0x80 {
                position += 2
                return value | third << 14
            }
            value &= 0x7F
        }
        var shift: UInt64 = 7
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    @inline(__always)
    static func word32(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt32? {
        guard bytes.count - position >= 4 else { return nil }
        defer { position += 4 }
        // Bounds are checked, and any four bytes are a number.
        return UInt32(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    @inline(__always)
    static func put(varint value: UInt64, _ bytes: inout MutableSpan<UInt8>, _ position: inout Int) {
        var rest = value
        while rest >= 0x80 {
            bytes[position] = UInt8(truncatingIfNeeded: rest) | 0x80
            position += 1
            rest >>= 7
        }
        bytes[position] = UInt8(truncatingIfNeeded: rest)
        position += 1
    }

    @inline(__always)
    static func put(word32 value: UInt32, _ bytes: inout MutableSpan<UInt8>, _ position: inout Int) {
        for index in 0..<4 { bytes[position + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
        position += 4
    }
}
