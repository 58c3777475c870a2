// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The few lines of a certificate that a person wants to see first.
struct CertificateFacts: Decodable {
    /// A number, or the string "infinity".
    struct Figure: Decodable {
        let value: Double

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) { value = number } else { value = .infinity }
        }
    }

    let publicData: Bool?
    let epsilon: Figure?
    let delta: Figure?
    let unit: String?
    let adjacency: String?

    /// Nil where `certificate` has not this shape.
    init?(of certificate: some Encodable) {
        guard let bytes = try? JSONEncoder().encode(certificate),
            let facts = try? JSONDecoder().decode(Self.self, from: bytes)
        else { return nil }
        self = facts
    }

    var epsilonText: String { epsilon.map { Numbers.brief($0.value) } ?? "?" }
    var deltaText: String { delta.map { Numbers.brief($0.value) } ?? "?" }
    /// The unit of privacy and the neighbouring relation.
    var protects: String { "each \(unit ?? "user"), present or absent (\(adjacency ?? "addOrRemoveUser"))" }
}
