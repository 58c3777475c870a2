// SPDX-License-Identifier: Apache-2.0

/// What an amount counts, and how finely.
public protocol AmountUnit: Sendable {
    /// One unit is 10^(−decimals).
    static var decimals: Int { get }
}
/// ε in units of 10⁻¹².
public enum EpsilonUnit: AmountUnit { public static let decimals = 12 }
/// δ in units of 10⁻¹⁸.
public enum DeltaUnit: AmountUnit { public static let decimals = 18 }

public typealias EpsilonAmount = Amount<EpsilonUnit>
public typealias DeltaAmount = Amount<DeltaUnit>

/// An exact, non-negative decimal amount of privacy. Sums never round; they saturate at infinity, never wrap.
public struct Amount<Unit: AmountUnit>: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many units; `Int64.max` is infinity.
    public let units: Int64

    public static var zero: Amount { Amount(units: 0) }
    public static var infinity: Amount { Amount(units: .max) }
    public var isInfinite: Bool { units == .max }

    /// Negative counts are a mistake of the caller and become infinite: never a credit.
    public init(units: Int64) { self.units = units < 0 ? .max : units }

    public static func < (a: Amount, b: Amount) -> Bool { a.units < b.units }

    public static func + (a: Amount, b: Amount) -> Amount {
        let (sum, overflow) = a.units.addingReportingOverflow(b.units)
        return overflow ? .infinity : Amount(units: sum)
    }

    /// What is left of `a`, at least zero. Infinity less anything finite is infinity.
    public func remaining(after spent: Amount) -> Amount {
        if isInfinite { return .infinity }
        return spent.units >= units ? .zero : Amount(units: units - spent.units)
    }
}
