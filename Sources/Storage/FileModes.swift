// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Files 0600 in directories 0700, whatever the umask. SQLite gives its `-wal` and `-shm` the mode of the main file.
public enum FileModes {
    /// Makes the directory, 0700, or takes group and others out of an existing one that is ours.
    public static func createPrivateDirectory(_ url: URL) throws {
        if mkdir(url.path, 0o700) == 0 { return try synchronizeDirectory(of: url) }
        guard errno == EEXIST else { throw failure(url) }
        guard chmod(url.path, 0o700) == 0 else { throw failure(url) }
    }

    /// Makes an empty file, 0600, that was not there.
    package static func createPrivateFile(_ url: URL) throws {
        let descriptor = Foundation.open(url.path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? StorageError.exists(file: url.lastPathComponent) : failure(url)
        }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw failure(url) }
    }

    /// Closes an existing file and its log to group and others.
    package static func assertPrivateFile(_ url: URL) throws {
        var status = stat()
        guard stat(url.path, &status) == 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? StorageError.notFound(file: url.lastPathComponent) : failure(url)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StorageError.notOurs(file: url.lastPathComponent) }
        for path in [url.path, url.path + "-wal", url.path + "-shm"] {
            guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { continue }
            guard chmod(path, 0o600) == 0 else { throw failure(url) }
        }
    }

    /// Makes the entries of the directory that holds `url` durable.
    public static func synchronizeDirectory(of url: URL) throws {
        let descriptor = Foundation.open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(url) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(url) }
    }

    /// Makes the file's bytes and its entry in the directory durable.
    static func synchronize(_ url: URL) throws {
        let descriptor = Foundation.open(url.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(url) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(url) }
        try synchronizeDirectory(of: url)
    }

    /// Overwrites a file's bytes where they lie and removes it; durable when this returns. A file that is not there is no error.
    static func destroy(_ url: URL) throws {
        let descriptor = Foundation.open(url.path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 && errno == ENOENT { return }
        guard descriptor >= 0 else { throw failure(url) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(url) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var left = Int(status.st_size)
        while left > 0 {
            let put = Foundation.write(descriptor, zeros, min(left, zeros.count))
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { throw failure(url) }
            left -= put
        }
        guard fsync(descriptor) == 0, unlink(url.path) == 0 else { throw failure(url) }
        try synchronizeDirectory(of: url)
    }

    private static func failure(_ url: URL) -> StorageError { .io(file: url.lastPathComponent, code: errno) }
}
