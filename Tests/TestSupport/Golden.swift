// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// The known answers that all versions share. They live outside the repository and are read at run time.
///
/// Looked for in `$DISCREET_SHARED/golden`, then in `../shared/golden` beside the package. A suite that needs them says
/// `.enabled(if: Golden.available, "…")`.
public enum Golden {
    /// The folder of the golden files, nil where there is none.
    public static var folder: URL? {
        let candidates = [
            ProcessInfo.processInfo.environment["DISCREET_SHARED"].map { URL(fileURLWithPath: $0, isDirectory: true) },
            PackageRoot.url.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true),
        ]
        for case .some(let shared) in candidates {
            let folder = shared.appendingPathComponent("golden", isDirectory: true)
            if FileManager.default.fileExists(atPath: folder.path) { return folder }
        }
        return nil
    }

    /// Whether the golden files are here.
    public static var available: Bool { folder != nil }

    /// The bytes of one file, e.g. `"accounting.json"`.
    public static func json(_ name: String) throws -> Data {
        guard let folder else { throw CocoaError(.fileNoSuchFile) }
        return try Data(contentsOf: folder.appendingPathComponent(name))
    }
}
