// SPDX-License-Identifier: Apache-2.0

/// Floats to little-endian bytes and back, laid out by a table.
enum TensorCoding {
    /// - Throws: `.badArtifact` if a tensor has another number of values than its shape, or one that is not finite.
    static func bytes(of tensors: [NamedTensor], _ table: TensorTable) throws(RecordsError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(table.length)
        for (tensor, row) in zip(tensors, table.rows) {
            guard tensor.values.count == row.count else { throw bad("a tensor's values do not fit its shape") }
            pad(&bytes, to: row.offset)
            for value in tensor.values {
                guard value.isFinite else { throw bad("a value is not finite") }
                let word = value.bitPattern
                bytes.append(UInt8(truncatingIfNeeded: word))
                bytes.append(UInt8(truncatingIfNeeded: word >> 8))
                bytes.append(UInt8(truncatingIfNeeded: word >> 16))
                bytes.append(UInt8(truncatingIfNeeded: word >> 24))
            }
        }
        pad(&bytes, to: table.length)
        return bytes
    }

    /// - Precondition: There are `table.length` bytes.
    /// - Throws: `.badArtifact` if a value is not finite or a gap is not zero.
    static func tensors(in bytes: [UInt8], _ table: TensorTable) throws(RecordsError) -> [NamedTensor] {
        precondition(bytes.count == table.length, "the file's length was compared before")
        var tensors: [NamedTensor] = []
        var end = 0
        for row in table.rows {
            guard isZero(bytes[end..<row.offset]) else { throw bad("a gap between tensors is not empty") }
            var values: [Float] = []
            values.reserveCapacity(row.count)
            for index in 0..<row.count {
                let start = row.offset + 4 * index
                let word =
                    UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16
                    | UInt32(bytes[start + 3]) << 24
                let value = Float(bitPattern: word)
                guard value.isFinite else { throw bad("a value is not finite") }
                values.append(value)
            }
            tensors.append(NamedTensor(name: row.name, shape: row.shape, values: values))
            end = row.offset + 4 * row.count
        }
        guard isZero(bytes[end...]) else { throw bad("the end of the file is not empty") }
        return tensors
    }

    private static func isZero(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy { $0 == 0 } }

    private static func pad(_ bytes: inout [UInt8], to length: Int) {
        bytes.append(contentsOf: repeatElement(0, count: length - bytes.count))
    }

    private static func bad(_ reason: String) -> RecordsError {
        .badArtifact(file: Artifact.tensorsFile, reason: reason)
    }
}
