// SPDX-License-Identifier: Apache-2.0

extension Policy {
    /// The policies that come with the program, the default first.
    public static let shippedNames = ["gdpr", "ccpa", "strict", "research", "benchmark"]

    /// The text of a shipped policy: the very file of the top-level folder `policies`, embedded by the build.
    /// - Returns: Nil for a name that is not in `shippedNames`.
    public static func shipped(_ name: String) -> String? {
        switch name {
        case "gdpr": String(decoding: PackageResources.gdpr_yaml, as: UTF8.self)
        case "ccpa": String(decoding: PackageResources.ccpa_yaml, as: UTF8.self)
        case "strict": String(decoding: PackageResources.strict_yaml, as: UTF8.self)
        case "research": String(decoding: PackageResources.research_yaml, as: UTF8.self)
        case "benchmark": String(decoding: PackageResources.benchmark_yaml, as: UTF8.self)
        default: nil
        }
    }
}
