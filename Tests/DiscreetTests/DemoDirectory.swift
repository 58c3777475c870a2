// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Discreet
import Foundation
import Interactions
import Policies
import TestSupport
import Vault

/// A data directory with synthetic data in it, for one test.
struct DemoDirectory {
    private let folder: TemporaryDirectory
    let location: DataLocation
    let engine: Engine
    let events: String
    let test: String

    /// - Parameter policy: A shipped policy, or the path of one.
    init(policy: String = "gdpr", users: Int = 120, items: Int = 60, ingest: Bool = true) async throws {
        folder = try TemporaryDirectory()
        let home = folder.url
        location = DataLocation(
            data: home.appendingPathComponent("data").path,
            environment: ["XDG_CONFIG_HOME": home.appendingPathComponent("config").path])
        _ = try Sample.write(users: users, items: items, seed: 7, to: home.appendingPathComponent("sample").path)
        events = home.appendingPathComponent("sample/events.csv").path
        test = home.appendingPathComponent("sample/test.csv").path
        _ = try Engine.create(at: location, policy: policy)
        engine = try Engine(opening: location)
        _ = try await engine.importCatalogue(from: home.appendingPathComponent("sample/items.csv").path)
        if ingest { _ = try await engine.ingest([events]) }
    }

    var home: URL { folder.url }

    /// The key of the directory's ledger, as another process of ours has it.
    func ledgerKey() throws -> HashKey {
        let id = try DirectoryConfiguration(
            yaml: String(contentsOf: location.directory.appendingPathComponent("discreet.yaml"), encoding: .utf8),
            file: "discreet.yaml"
        ).directoryID
        let key = home.appendingPathComponent("config/discreet/\(id).key")
        return try Vault(opening: location.directory, directoryID: id, master: MasterKey(contentsOf: key)).ledgerKey()
    }

    /// The first user of the events.
    var someUser: String {
        get throws {
            let text = try String(contentsOfFile: events, encoding: .utf8)
            let row = text.split(whereSeparator: \.isNewline)[1]
            return String(row.prefix { $0 != "," })
        }
    }

    /// The names of all files and all their bytes.
    func files() throws -> [(name: String, bytes: Data)] {
        let names = FileManager.default.enumerator(atPath: location.directory.path)?.compactMap { $0 as? String } ?? []
        return try names.sorted().compactMap { name in
            let url = location.directory.appendingPathComponent(name)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return nil }
            return (name, try Data(contentsOf: url))
        }
    }
}
