// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whom a grant is for: the digest of its cohort, or the very members, of whom it is taken at the first look.
///
/// To digest ten million pseudonyms takes longer than to charge them. Whoever opens their histories looks at each of them
/// anyway, so that is when it is done. It binds as much: what the members are is fixed when this is made.
package final class CohortBinding: Sendable {
    private enum State {
        case taken(CohortDigest)
        case waiting(@Sendable () -> CohortDigest)
    }
    private let state: Mutex<State>

    package init(_ digest: CohortDigest) { state = Mutex(.taken(digest)) }

    /// - Parameter digest: Called once at most, then let go of. May look at nothing that can still change.
    package init(takenLater digest: @escaping @Sendable () -> CohortDigest) { state = Mutex(.waiting(digest)) }

    package var digest: CohortDigest {
        state.withLock { state in
            switch state {
            case .taken(let digest): return digest
            case .waiting(let take):
                let digest = take()
                state = .taken(digest)
                return digest
            }
        }
    }
}
