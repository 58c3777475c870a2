// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Where random words come from: the door's own `SecureStream`, or a seeded generator in `@testable` suites.
protocol WordSource: ~Copyable {
    /// 64 independent fair bits.
    mutating func next() -> UInt64
    /// The next words of the source: the same as `next()` for each.
    mutating func fill(_ words: inout MutableSpan<UInt64>)
}

extension WordSource where Self: ~Copyable {
    mutating func fill(_ words: inout MutableSpan<UInt64>) {
        for index in words.indices { words[index] = next() }
    }
}

extension SecureStream: WordSource {}
