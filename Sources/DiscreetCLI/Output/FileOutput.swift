// SPDX-License-Identifier: Apache-2.0

import Discreet
import Foundation

/// Answers that go to a file: readable by the owner alone, whole or not at all.
enum FileOutput {
    /// Replaces what was at `path`.
    /// - Throws: `OutputError.file`.
    static func write(_ text: String, to path: String) throws {
        let target = URL(fileURLWithPath: path)
        let draft = target.deletingLastPathComponent()
            .appendingPathComponent(".\(target.lastPathComponent).\(getpid()).draft")
        let manager = FileManager.default
        let isMade = manager.createFile(
            atPath: draft.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard isMade, rename(draft.path, target.path) == 0 else {
            try? manager.removeItem(at: draft)
            throw OutputError.file(DisplayText.escaped(path))
        }
    }
}
