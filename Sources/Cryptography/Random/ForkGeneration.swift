// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Counts how often this process came into being by `fork`, so that a stream never goes on in parent and child alike.
///
/// One relaxed load instead of a `getpid` system call. A raw `clone` that goes around libc's fork is not seen: nobody
/// who calls Discreet makes one.
enum ForkGeneration {
    private static let forks = Atomic<Int>(0)
    static let isRegistered: Bool = {
        // SAFETY: the handler runs in the child's only thread and adds to an atomic that exists since `current` read it.
        pthread_atfork(nil, nil, { ForkGeneration.forks.add(1, ordering: .relaxed) }) == 0
    }()

    /// How many forks were counted: `current` where `isRegistered`, for a caller that asks once for all draws.
    @inline(__always)
    static var count: Int { forks.load(ordering: .relaxed) }

    /// Differs between a process and the child it forked.
    static var current: Int {
        let now = forks.load(ordering: .relaxed)
        return isRegistered ? now : Int(getpid()) << 32
    }
}
