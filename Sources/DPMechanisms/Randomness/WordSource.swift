// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Where random words come from: the door's own `SecureStream`, or a seeded generator in `@testable` suites.
protocol WordSource: ~Copyable {
    /// 64 independent fair bits.
    mutating func next() -> UInt64
}

extension SecureStream: WordSource {}
