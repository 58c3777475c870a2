// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation

/// The files of an artifact, as files.
struct ArtifactFolder {
    private let path: String

    /// - Throws: `.notFound`.
    init(opening folder: URL) throws(RecordsError) {
        path = folder.path
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw .notFound(path)
        }
    }

    /// The whole of a file of exactly `length` bytes.
    func read(_ name: String, exactly length: Int) throws(RecordsError) -> [UInt8] {
        try read(name) { $0 == length }
    }

    /// The whole of a file of at most `limit` bytes.
    func read(_ name: String, atMost limit: Int) throws(RecordsError) -> [UInt8] {
        try read(name) { $0 <= limit }
    }

    private func read(_ name: String, _ isRight: (Int) -> Bool) throws(RecordsError) -> [UInt8] {
        let file = "\(path)/\(name)"
        // No links: an artifact is complete in itself. Not blocking: a pipe must not hang us.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT ? .notFound(file) : .inputOutput(file) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .badArtifact(file: name, reason: "not a regular file")
        }
        let length = Int(status.st_size)
        guard isRight(length) else { throw .badArtifact(file: name, reason: "its length is wrong") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        do {
            while bytes.count < length, let piece = try handle.read(upToCount: min(1 << 24, length - bytes.count)),
                !piece.isEmpty
            { bytes.append(contentsOf: piece) }
        } catch { throw .inputOutput(file) }
        guard bytes.count == length else { throw .badArtifact(file: name, reason: "it changed while it was read") }
        return bytes
    }

    /// Makes a new folder with these files: under another name first, synced, then renamed.
    static func create(_ folder: URL, _ files: [(name: String, bytes: [UInt8])]) throws(RecordsError) {
        let parent = folder.deletingLastPathComponent().path
        let temporary = "\(parent)/\(Artifact.temporaryPrefix)\(Hex.encode(SystemRandom.bytes(8)))"
        do {
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .inputOutput(parent) }
        // A link to nowhere is in the way too.
        var status = stat()
        guard lstat(folder.path, &status) != 0 else { throw .exists(folder.path) }
        guard mkdir(temporary, 0o700) == 0 else { throw .inputOutput(temporary) }
        do throws(RecordsError) {
            for file in files { try write(file.bytes, to: "\(temporary)/\(file.name)") }
            try synchronise(temporary)
            guard rename(temporary, folder.path) == 0 else {
                throw [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) ? .exists(folder.path) : .inputOutput(folder.path)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
        try synchronise(parent)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(RecordsError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .inputOutput(path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
        } catch { throw .inputOutput(path) }
    }

    private static func synchronise(_ folder: String) throws(RecordsError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .inputOutput(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .inputOutput(folder) }
    }
}
