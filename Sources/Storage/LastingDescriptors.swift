// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Descriptors of SQLite files for work past SQLite. None is ever closed: that would let go of the locks that SQLite
/// holds on the same file in this process (fcntl(2): a close of *any* descriptor releases the process's locks), and another
/// process could take away the write-ahead log under it.
enum LastingDescriptors {
    private struct Identity: Hashable {
        let device: UInt64, file: UInt64
    }
    /// As many as the process has opened large files: a handful.
    private static let descriptors = Mutex<[Identity: Int32]>([:])

    static func descriptor(of url: URL) throws -> Int32 {
        try descriptors.withLock { descriptors in
            var status = stat()
            guard stat(url.path, &status) == 0 else { throw failure(url) }
            let identity = Identity(device: UInt64(status.st_dev), file: UInt64(status.st_ino))
            // As long as the descriptor is open no other file gets this number.
            if let open = descriptors[identity] { return open }
            let descriptor = Foundation.open(url.path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(url) }
            descriptors[identity] = descriptor
            return descriptor
        }
    }

    private static func failure(_ url: URL) -> StorageError { .io(file: url.lastPathComponent, code: errno) }
}
