// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An advisory lock on `locks/<run>`, held from before the reservation until the run is settled or its process ends.
/// The kernel frees it at death, so what is unlocked is an orphan.
final class RunLock: Sendable {
    private let descriptor: CInt
    private let path: String

    private init(descriptor: CInt, path: String) { (self.descriptor, self.path) = (descriptor, path) }

    /// Frees the lock; the file stays until someone settles the run.
    deinit { close(descriptor) }

    /// Whether a run's id can be the name of a file in `locks` and of nothing else.
    static func isName(_ hex: String) -> Bool {
        (1...64).contains(hex.utf8.count) && hex.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Makes the lock file and takes the lock.
    /// - Returns: Nil if another holder is alive.
    static func take(_ path: String) throws(LedgerError) -> RunLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .inputOutput("locks: " + String(cString: strerror(errno))) }
        return try locked(descriptor, path: path)
    }

    /// Takes the lock of a run that may be an orphan.
    static func probe(_ path: String) throws(LedgerError) -> Probe {
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0 {
            if errno == ENOENT { return .free(nil) }
            throw .inputOutput("locks: " + String(cString: strerror(errno)))
        }
        guard let lock = try locked(descriptor, path: path) else { return .held }
        return .free(lock)
    }

    enum Probe {
        /// A process that is alive has the run.
        case held
        /// Nobody has it; from now on we do (without a lock where the file is gone).
        case free(RunLock?)
    }

    /// Removes the file. To be called while the lock is held, after the settlement is durable.
    func remove() { unlink(path) }

    private static func locked(_ descriptor: CInt, path: String) throws(LedgerError) -> RunLock? {
        var result = flock(descriptor, LOCK_EX | LOCK_NB)
        while result != 0 && errno == EINTR { result = flock(descriptor, LOCK_EX | LOCK_NB) }
        if result == 0 {
            // Whoever settled the run between our open and our lock has removed the file: a lock on it keeps nobody out.
            var (ours, there) = (stat(), stat())
            let isThere = fstat(descriptor, &ours) == 0 && stat(path, &there) == 0
            if isThere, ours.st_dev == there.st_dev, ours.st_ino == there.st_ino {
                return RunLock(descriptor: descriptor, path: path)
            }
            close(descriptor)
            return nil
        }
        let code = errno
        close(descriptor)
        if code == EWOULDBLOCK { return nil }
        throw .inputOutput("locks: " + String(cString: strerror(code)))
    }
}
