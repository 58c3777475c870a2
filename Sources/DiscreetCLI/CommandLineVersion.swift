// SPDX-License-Identifier: Apache-2.0

import Discreet

/// What `--version` prints.
enum CommandLineVersion {
    static let text = Engine.version
}
