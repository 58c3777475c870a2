// SPDX-License-Identifier: Apache-2.0

import CSodium
import Foundation

/// What a process that holds keys does once, first thing.
public enum ProcessHardening {
    /// Starts libsodium, makes new files the owner's alone (umask 077) and forbids core dumps, which would hold keys.
    public static func apply() {
        Sodium.start()
        umask(0o077)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        #if canImport(Glibc)
            let core = __rlimit_resource_t(RLIMIT_CORE.rawValue)
        #else
            let core = RLIMIT_CORE
        #endif
        // SAFETY: `none` lives through the call, which reads it only. Lowering a limit cannot fail.
        _ = unsafe setrlimit(core, &none)
    }
}
