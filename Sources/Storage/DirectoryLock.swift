// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// An advisory lock (`flock`) on a file in `locks` of a data directory, held while its owner lives: the kernel frees it at death.
///
/// The file stays, empty: to remove it would let two processes hold locks of one name.
public final class DirectoryLock: Sendable {
    private let descriptor: CInt

    private init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock `locks/<name>` of `directory`; the folder and the file are made if they are not there.
    /// - Parameters:
    ///   - patience: Seconds that another holder is waited for.
    ///   - shared: Any number may hold it so at once, none beside one who does not.
    /// - Returns: nil if somebody holds it all that time.
    /// - Throws: `StorageError.io`.
    public static func take(
        _ name: String, in directory: URL, patience: TimeInterval = 0, shared: Bool = false
    ) throws -> DirectoryLock? {
        let folder = directory.appendingPathComponent("locks", isDirectory: true)
        try FileModes.createPrivateDirectory(folder)
        let path = folder.appendingPathComponent(name).path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StorageError.io(file: "locks/" + name, code: errno) }
        // Root at work in somebody's directory leaves nothing there that its owner cannot use.
        var status = stat()
        if geteuid() == 0, stat(folder.path, &status) == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
        let deadline = Date(timeIntervalSinceNow: patience)
        while flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK, Date() < deadline else {
                close(descriptor)
                if code == EWOULDBLOCK { return nil }
                throw StorageError.io(file: "locks/" + name, code: code)
            }
            usleep(20_000)
        }
        return DirectoryLock(descriptor: descriptor)
    }
}
