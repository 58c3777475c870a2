// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policies
import Vault

extension Engine {
    /// Whether the master key lies where it should, for its owner alone, and opens the directory's secrets and each key row.
    public func checkKeys() throws(DiscreetError) -> VerifyReport {
        try facade {
            // That the directory is open shows that the key opens its secrets.
            var checks = [
                VerifyReport.Check(name: "secrets", ok: true, detail: "open under the master key"),
                masterKeyCheck(),
            ]
            checks += try vault.checkKeys().map { VerifyReport.Check(name: $0.name, ok: $0.ok, detail: $0.detail) }
            return VerifyReport(checks)
        }
    }

    private func masterKeyCheck() -> VerifyReport.Check {
        if case .command = configuration.key {
            return VerifyReport.Check(name: "master key", ok: true, detail: "unwrapped by the key command")
        }
        guard let file = location.keyFile(directoryID: configuration.directoryID) else {
            return VerifyReport.Check(name: "master key", ok: true, detail: "comes from a passphrase")
        }
        if location.holds(file) {
            return VerifyReport.Check(name: "master key", ok: false, detail: "lies inside the data directory")
        }
        // Its mode was read when it was opened: a key that others may read is refused.
        return VerifyReport.Check(
            name: "master key", ok: true, detail: "\(file.path), outside the directory, its owner's alone")
    }
}
