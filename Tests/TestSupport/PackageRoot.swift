// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Where this package's sources are, for tests that read them.
public enum PackageRoot {
    /// The folder of `Package.swift`.
    public static let url: URL = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
