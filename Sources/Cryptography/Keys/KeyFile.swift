// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reading and writing of a small secret file.
enum KeyFile {
    /// The first `limit` bytes of a regular file that is its owner's alone.
    static func read(_ path: String, atMost limit: Int) throws(CryptographyError) -> [UInt8] {
        // Not blocking: a pipe in the file's place must not hang us.
        // SAFETY: Swift lends the path as a C string.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .notFound(path) : .cannotRead("\(path) (\(systemError()))")
        }
        defer { close(descriptor) }
        try check(descriptor, path)
        var bytes = [UInt8](repeating: 0, count: limit)
        var done = 0
        while done < limit {
            let got = unsafe bytes.withUnsafeMutableBytes { bytes in
                // SAFETY: writes at most the bytes left after `done`, one at least.
                unsafe Foundation.read(descriptor, bytes.baseAddress! + done, bytes.count - done)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .cannotRead("\(path) (\(systemError()))") }
            if got == 0 { break }
            done += got
        }
        defer { ConstantTime.erase(&bytes) }
        return Array(bytes[..<done])
    }

    /// Writes a new file, 0600, and syncs it and its folder. What cannot be finished is removed.
    static func create(_ path: String, _ bytes: [UInt8], in folder: String) throws(CryptographyError) {
        // SAFETY: Swift lends the path as a C string.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .exists(path) : .cannotWrite("\(path) (\(systemError()))")
        }
        let problem = write(bytes, to: descriptor)
        close(descriptor)
        if let problem = problem ?? synchronise(folder) {
            // SAFETY: Swift lends the path as a C string.
            _ = unsafe unlink(path)
            throw .cannotWrite("\(path) (\(problem))")
        }
    }

    /// The opened file, not its name, must be regular and out of others' reach.
    private static func check(_ descriptor: Int32, _ path: String) throws(CryptographyError) {
        var status = stat()
        // SAFETY: `status` lives through the call, which fills it.
        guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotRead("\(path) (\(systemError()))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotRead("\(path) (not a regular file)") }
        let isOurs = status.st_uid == geteuid() || status.st_uid == 0 || geteuid() == 0
        guard status.st_mode & 0o077 == 0, isOurs else { throw .readableByOthers(path) }
    }

    /// Writes and syncs; what went wrong, or nil.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        if let problem = put(bytes[...], to: descriptor) { return problem }
        return fchmod(descriptor, 0o600) == 0 && fsync(descriptor) == 0 ? nil : systemError()
    }

    /// Writes all of the bytes; what went wrong, or nil.
    static func put(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> String? {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { bytes in
                // SAFETY: reads the bytes left after `done`, one at least.
                unsafe Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { return systemError() }
            done += put
        }
        return nil
    }

    static func synchronise(_ folder: String) -> String? {
        // SAFETY: Swift lends the path as a C string.
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return systemError() }
        defer { close(descriptor) }
        return fsync(descriptor) == 0 ? nil : systemError()
    }

    /// The system's words for `errno`.
    static func systemError() -> String {
        // SAFETY: strerror returns a C string that lives until the next call; it is copied at once.
        unsafe String(cString: strerror(errno))
    }
}
