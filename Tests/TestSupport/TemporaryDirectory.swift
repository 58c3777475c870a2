// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A fresh folder (mode 0700) that disappears with this object, with all that is in it.
public final class TemporaryDirectory: Sendable {
    public let url: URL
    /// The same place as a plain path.
    public var path: String { url.path }

    public init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("discreet-test-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// A place inside, which need not exist.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
