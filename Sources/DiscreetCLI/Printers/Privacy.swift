// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Records

extension PrivacyAmounts {
    /// "ε = 3, δ = 1e-06".
    var words: String { "ε = \(epsilonText), δ = \(deltaText)" }
    var epsilonText: String { Numbers.brief(epsilon.value) }
    var deltaText: String { Numbers.brief(delta.value) }
}
