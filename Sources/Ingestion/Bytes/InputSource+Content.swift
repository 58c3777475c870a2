// SPDX-License-Identifier: Apache-2.0

extension InputSource {
    /// Whether it can be read twice.
    package var isRepeatable: Bool { byteCount != nil }

    /// Hands over the content, unpacked, block by block.
    package func forEachBlock(_ body: ([UInt8]) -> Void) throws(IngestionError) {
        var stream = try ContentStream.open(self)
        var block: [UInt8] = []
        while try stream.read(into: &block) > 0 {
            body(block)
            block.removeAll(keepingCapacity: true)
            if Task.isCancelled { throw .interrupted }
        }
    }
}
