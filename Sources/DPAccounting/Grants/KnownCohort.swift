// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Which people a run's grants were compared with already, so that a step does not hash all of them again.
///
/// It keeps the object that stands for an unchangeable list of people, not an address: while it is kept no other can be taken for
/// it. One a run; a run has one cohort.
final class KnownCohort: Sendable {
    private let known = Mutex<(any AnyObject & Sendable)?>(nil)

    func isKnown(_ people: any AnyObject & Sendable) -> Bool { known.withLock { $0 === people } }
    func remember(_ people: any AnyObject & Sendable) { known.withLock { $0 = people } }
}
