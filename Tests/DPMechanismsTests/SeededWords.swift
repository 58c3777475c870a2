// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import DPMechanisms

/// Repeatable words for the internal samplers.
extension SeededGenerator: WordSource {}
