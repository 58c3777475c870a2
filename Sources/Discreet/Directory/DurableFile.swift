// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Small files of the directory, written whole or not at all.
enum DurableFile {
    /// Replaces `file` by `text`: a new file beside it, 0600, synced, then renamed; the folder is synced last. Root leaves it to whom it
    /// belongs.
    static func write(_ text: String, to file: URL) throws(DiscreetError) {
        let temporary = file.appendingPathExtension("new")
        let folder = file.deletingLastPathComponent()
        do {
            try? FileManager.default.removeItem(at: temporary)
            guard
                FileManager.default.createFile(
                    atPath: temporary.path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteUnknown) }
            if geteuid() == 0 {
                let owners = try? FileManager.default.attributesOfItem(atPath: file.path).filter { key, _ in
                    key == .ownerAccountID || key == .groupOwnerAccountID
                }
                if let owners { try FileManager.default.setAttributes(owners, ofItemAtPath: temporary.path) }
            }
            let handle = try FileHandle(forWritingTo: temporary)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
            try handle.close()
            guard rename(temporary.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            try synchronise(folder)
        } catch {
            throw DiscreetError(
                .io, "Cannot write (\(file.path))", hint: "Check the folder's permissions and the disk.")
        }
    }

    /// Makes a new folder, 0700, and what is missing above it. Refuses one that is there, also when two try at once.
    static func makeFolder(_ folder: URL) throws(DiscreetError) {
        do {
            let parent = folder.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            guard mkdir(folder.path, 0o700) == 0 else {
                if errno == EEXIST {
                    throw DiscreetError(
                        .exists, "The folder exists (\(folder.path))", hint: "Name another; nothing is overwritten.")
                }
                throw CocoaError(.fileWriteUnknown)
            }
            try synchronise(parent)
        } catch let error as DiscreetError {
            throw error
        } catch {
            throw DiscreetError(
                .io, "Cannot make the folder (\(folder.path))", hint: "Check the parent's permissions and the disk.")
        }
    }

    private static func synchronise(_ folder: URL) throws {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
