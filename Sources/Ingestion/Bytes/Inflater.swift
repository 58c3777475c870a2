// SPDX-License-Identifier: Apache-2.0

import CZlib

/// zlib's state for one gzip stream. Reads and writes whole arrays; keeps no address of them.
final class Inflater {
    /// What one call did.
    struct Step {
        /// Bytes taken from the input, bytes put out.
        let read: Int, written: Int
        /// The member is complete; its checksum and length are right.
        let isEnd: Bool
        /// The bytes are no gzip.
        let isBad: Bool
    }

    private let state: OpaquePointer

    /// Nil without memory.
    init?() {
        guard let state = discreet_inflater_new() else { return nil }
        self.state = state
    }

    deinit { discreet_inflater_free(state) }

    /// Before the next member.
    func reset() { discreet_inflater_reset(state) }

    /// Unpacks `input` from `position` on, until it or the room in `output` ends.
    func inflate(_ input: [UInt8], from position: Int, into output: inout [UInt8]) -> Step {
        let done = discreet_inflate(state, input, position, input.count, &output, output.count)
        return Step(read: done.read, written: done.written, isEnd: done.end != 0, isBad: done.bad != 0)
    }
}
