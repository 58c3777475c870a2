// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Numbers for people. JSON has them in full.
enum Numbers {
    /// 1234567 as "1,234,567".
    static func grouped(_ number: some BinaryInteger) -> String {
        var digits = String(number.magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = String(digits.dropLast(3))
        }
        groups.insert(digits[...], at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// At most six significant digits, without trailing zeros: "3", "0.0123457", "1e-06".
    static func brief(_ number: Double) -> String {
        number.isInfinite ? (number < 0 ? "-∞" : "∞") : String(format: "%.6g", number)
    }

    /// A fixed number of decimals.
    static func fixed(_ number: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", number) }

    static func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

    static func seconds(_ seconds: Double) -> String {
        switch seconds {
        case ..<10: String(format: "%.1f s", seconds)
        case ..<100: String(format: "%.0f s", seconds)
        case ..<5_999:
            String(
                format: "%.0f min %02.0f s", (seconds / 60).rounded(.down),
                (seconds.truncatingRemainder(dividingBy: 60)).rounded(.down))
        default: String(format: "%.1f h", seconds / 3600)
        }
    }

    static func bytes(_ count: Int) -> String {
        var size = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if size < 1024 { return unit == "B" ? "\(count) B" : String(format: "%.1f \(unit)", size) }
            size /= 1024
        }
        return String(format: "%.1f TiB", size)
    }

    /// "1 item", "2 items".
    static func counted(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }
}
