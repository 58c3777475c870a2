// SPDX-License-Identifier: Apache-2.0

import Discreet
import Foundation

/// Answers that go to a file: readable by the owner alone, whole or not at all.
enum FileOutput {
    /// Replaces what was at `path`.
    /// - Throws: `OutputError.file`.
    static func write(_ text: String, to path: String) throws {
        let target = URL(fileURLWithPath: path)
        if isDevice(path) {
            guard let handle = FileHandle(forWritingAtPath: path),
                (try? handle.write(contentsOf: Data(text.utf8))) != nil
            else { throw OutputError.file(DisplayText.escaped(path)) }
            return
        }
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

    /// Says before anything is spent whether `path` can be written.
    static func check(_ path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var isFolder = false as ObjCBool
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard !(isThere && isFolder.boolValue), access(isDevice(path) ? path : folder, W_OK) == 0 else {
            throw OutputError.file(DisplayText.escaped(path))
        }
    }

    /// Something that is no regular file is written to, never replaced: a terminal, a pipe, `/dev/null`.
    private static func isDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
    }
}
