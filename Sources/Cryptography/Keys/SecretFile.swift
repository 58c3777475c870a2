// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Small files that only their owner may touch, and whose bytes are overwritten before they go.
public enum SecretFile {
    /// The first `limit` bytes. Links are followed; what counts is the file that was opened.
    /// - Throws: `.notFound`, `.readableByOthers`, `.cannotRead`, each with the path.
    public static func read(_ file: URL, atMost limit: Int) throws(CryptographyError) -> [UInt8] {
        try KeyFile.read(file.path, atMost: limit)
    }

    /// Writes a new file, 0600, durable when this returns.
    /// - Parameter model: Root gives the new file to this one's owner.
    /// - Throws: `.exists`, `.cannotWrite`, each with the path. No half-written file stays, unless the process dies.
    public static func create(_ file: URL, _ bytes: [UInt8], ownedAs model: URL? = nil) throws(CryptographyError) {
        try KeyFile.create(file.path, bytes, in: file.deletingLastPathComponent().path)
        var status = stat()
        // SAFETY: `status` lives through the call, which fills it; Swift lends both paths as C strings.
        if let model, geteuid() == 0, unsafe stat(model.path, &status) == 0 {
            _ = unsafe lchown(file.path, status.st_uid, status.st_gid)
        }
    }

    /// Gives the file another name in its folder, in one step that is durable when this returns. What bore the name is gone.
    public static func rename(_ file: URL, to name: URL) throws(CryptographyError) {
        // SAFETY: Swift lends both paths as C strings.
        guard unsafe Foundation.rename(file.path, name.path) == 0 else {
            throw .cannotWrite("\(name.path) (\(KeyFile.systemError()))")
        }
        if let problem = KeyFile.synchronise(name.deletingLastPathComponent().path) {
            throw .cannotWrite("\(name.path) (\(problem))")
        }
    }

    /// Overwrites the file's bytes where they lie, then removes it; durable when this returns. A file that is not there is no error.
    ///
    /// A link is not followed: it is no file that we wrote. What a device or a snapshot keeps of the old blocks stays there.
    public static func destroy(_ file: URL) throws(CryptographyError) {
        // SAFETY: Swift lends the path as a C string.
        let descriptor = unsafe open(file.path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw .cannotWrite("\(file.path) (\(KeyFile.systemError()))")
        }
        let problem = overwrite(descriptor)
        close(descriptor)
        if let problem { throw .cannotWrite("\(file.path) (\(problem))") }
        // SAFETY: Swift lends the path as a C string.
        guard unsafe unlink(file.path) == 0 else { throw .cannotWrite("\(file.path) (\(KeyFile.systemError()))") }
        if let problem = KeyFile.synchronise(file.deletingLastPathComponent().path) {
            throw .cannotWrite("\(file.path) (\(problem))")
        }
    }

    /// Zeros over the whole length of a regular file, a mebibyte at a time, synced; what went wrong, or nil.
    private static func overwrite(_ descriptor: Int32) -> String? {
        var status = stat()
        // SAFETY: `status` lives through the call, which fills it.
        guard unsafe fstat(descriptor, &status) == 0 else { return KeyFile.systemError() }
        guard status.st_mode & S_IFMT == S_IFREG else { return "not a regular file" }
        var left = Int(status.st_size)
        let zeros = [UInt8](repeating: 0, count: min(left, 1 << 20))
        while left > 0 {
            if let problem = KeyFile.put(zeros[..<min(left, zeros.count)], to: descriptor) { return problem }
            left -= min(left, zeros.count)
        }
        return fsync(descriptor) == 0 ? nil : KeyFile.systemError()
    }
}
