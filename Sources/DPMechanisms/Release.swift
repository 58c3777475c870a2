// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

/// What has left through the door: noisy, paid for, free to use for anything from here on.
public struct Release: Hashable, Sendable {
    /// The coordinates, in units of `granularity`.
    public let steps: [Int64]
    /// The output grid: a power of two that public numbers alone decide. 1 for counts.
    public let granularity: Double
    /// What was paid.
    public let event: PrivacyEvent

    /// The coordinates as numbers: steps · granularity.
    public var values: [Double] { steps.map { Double($0) * granularity } }
}
