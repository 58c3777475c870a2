// SPDX-License-Identifier: Apache-2.0

import Policies
import Testing

struct DirectoryConfigurationTests {
    private let id = String(repeating: "0a", count: 16)
    private let key = String(repeating: "5c", count: 32)

    @Test("survives a round trip", arguments: [nil, String(repeating: "07", count: 16)])
    func roundTrip(salt: String?) throws {
        let kind = salt.map { DirectoryConfiguration.Key.passphrase(salt: $0) } ?? .file
        let configuration = DirectoryConfiguration(directoryID: id, publicKey: key, key: kind)
        #expect(try DirectoryConfiguration(yaml: configuration.yaml, file: "discreet.yaml") == configuration)
    }

    @Test(
        "refuses what is missing, unknown or malformed",
        arguments: [
            "version: 2", "directory: ../../etc", "publicKey: abc", "key: magic", "key: passphrase", "colour: blue",
        ])
    func refusesNonsense(line: String) {
        let name = line.prefix { $0 != ":" }
        let valid = ["version: 1", "directory: \(id)", "publicKey: \(key)", "key: file"]
        let yaml = (valid.filter { !$0.hasPrefix(name + ":") } + [line]).joined(separator: "\n")
        #expect(throws: PolicyError.self) { try DirectoryConfiguration(yaml: yaml, file: "discreet.yaml") }
    }
}
