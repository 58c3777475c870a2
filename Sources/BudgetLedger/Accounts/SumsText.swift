// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation

/// `account.sums`: the JSON of `AccountSums` with sorted keys, written and read directly. A run over everyone does both once
/// for each class, and Foundation's coders take thirty microseconds for it.
enum SumsText {
    static func encode(_ sums: AccountSums) throws -> String {
        let renyi = sums.renyi.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"delta":"\#(sums.delta)","epsilon":"\#(sums.epsilon)","muSquared":"\#(sums.muSquared)","#
            + #""renyi":[\#(renyi)],"totalVariation":"\#(sums.totalVariation)","version":\#(AccountFormat.version)}"#
    }

    /// Whatever is not laid out as `encode` does goes to Foundation, which reads it or says why not.
    static func decode(_ text: String) throws -> AccountSums { try read(Array(text.utf8)) ?? JSONText.decode(text) }

    private static let ending = Array(#","version":\#(AccountFormat.version)}"#.utf8)

    private static func read(_ bytes: [UInt8]) -> AccountSums? {
        var scanner = Scanner(bytes: bytes)
        guard scanner.skip(#"{"delta":"#), let delta: DeltaAmount = scanner.amount(),
            scanner.skip(#","epsilon":"#), let epsilon: EpsilonAmount = scanner.amount(),
            scanner.skip(#","muSquared":"#), let muSquared: EpsilonAmount = scanner.amount(),
            scanner.skip(#","renyi":["#)
        else { return nil }
        var renyi: [EpsilonAmount] = []
        for index in AccountFormat.renyiOrders.indices {
            guard index == 0 || scanner.skip(","), let cost: EpsilonAmount = scanner.amount() else { return nil }
            renyi.append(cost)
        }
        guard scanner.skip(#"],"totalVariation":"#), let totalVariation: DeltaAmount = scanner.amount(),
            bytes[scanner.position...].elementsEqual(ending)
        else { return nil }
        return AccountSums(
            epsilon: epsilon, delta: delta, renyi: renyi, muSquared: muSquared, totalVariation: totalVariation)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        mutating func skip(_ text: StaticString) -> Bool {
            let expected = "\(text)".utf8
            guard bytes[position...].starts(with: expected) else { return false }
            position += expected.count
            return true
        }

        /// A quoted decimal of no more places than the unit has.
        mutating func amount<Unit: AmountUnit>() -> Amount<Unit>? {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
            var index = position + 1
            var units: Int64 = 0
            var places: Int?
            var digits = 0
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "."), places == nil {
                    places = 0
                    continue
                }
                guard (48...57).contains(byte), digits < 18 else { return nil }
                units = units * 10 + Int64(byte - 48)
                digits += 1
                places = places.map { $0 + 1 }
            }
            guard index < bytes.count, digits > 0, (places ?? 0) <= Unit.decimals else { return nil }
            for _ in (places ?? 0)..<Unit.decimals {
                let (product, overflow) = units.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                units = product
            }
            position = index + 1
            return units == .max ? nil : Amount(units: units)
        }
    }
}
