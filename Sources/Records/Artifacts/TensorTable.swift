// SPDX-License-Identifier: Apache-2.0

/// Where each tensor lies in `tensors.bin`: in the order of the table, each at the next multiple of 64 bytes, the gaps
/// and the end filled with zeros up to such a multiple. The layout follows from names and shapes alone.
struct TensorTable: Equatable {
    static let alignment = 64
    static let countLimit = 1024
    static let rankLimit = 8

    /// A row of the table.
    struct Row: Equatable {
        let name: String
        let shape: [Int]
        /// Bytes from the file's start.
        let offset: Int
        /// Numbers, four bytes each.
        let count: Int
    }
    let rows: [Row]
    /// Bytes of the file.
    let length: Int

    /// - Throws: `.badArtifact` for a name that is not plain or occurs twice, a bad size, or more bytes than an Int counts.
    init(_ tensors: [(name: String, shape: [Int])]) throws(RecordsError) {
        guard tensors.count <= Self.countLimit else { throw Self.bad("more than \(Self.countLimit) tensors") }
        var rows: [Row] = []
        var names: Set<String> = []
        var end = 0
        for tensor in tensors {
            guard Self.isPlain(tensor.name) else { throw Self.bad("a tensor's name is not plain") }
            guard names.insert(tensor.name).inserted else { throw Self.bad("two tensors have one name") }
            guard let count = Self.count(of: tensor.shape), let next = Self.aligned(end, plus: count) else {
                throw Self.bad("a tensor's shape is not possible")
            }
            rows.append(Row(name: tensor.name, shape: tensor.shape, offset: end, count: count))
            end = next
        }
        (self.rows, length) = (rows, end)
    }

    /// The table as `model.json` has it.
    var json: JSONValue {
        .array(
            rows.map { row in
                .object([
                    "name": .string(row.name), "offset": .integer(Int64(row.offset)), "type": "float32",
                    "shape": .array(row.shape.map { .integer(Int64($0)) }),
                ])
            })
    }

    /// Reads the table and insists on the one layout, so that tensors cannot overlap or point outside.
    /// - Throws: `.badArtifact`.
    init(json: JSONValue?) throws(RecordsError) {
        guard let entries = json?.arrayValue else { throw Self.bad("no table of tensors") }
        var tensors: [(name: String, shape: [Int])] = []
        for entry in entries {
            guard let name = entry["name"]?.stringValue, let sizes = entry["shape"]?.arrayValue else {
                throw Self.bad("a tensor without name or shape")
            }
            var shape: [Int] = []
            for size in sizes {
                guard let size = size.integerValue.flatMap({ Int(exactly: $0) }) else {
                    throw Self.bad("a tensor's shape is not possible")
                }
                shape.append(size)
            }
            tensors.append((name, shape))
        }
        try self.init(tensors)
        guard self.json == json else { throw Self.bad("tensors lie elsewhere than their shapes say") }
    }

    private static func bad(_ reason: String) -> RecordsError { .badArtifact(file: Artifact.modelFile, reason: reason) }

    static func isPlain(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The product of the sizes; nil if one is negative, there are too many, or it is beyond 2⁴⁸.
    static func count(of shape: [Int]) -> Int? {
        guard shape.count <= rankLimit, shape.allSatisfy({ $0 >= 0 && $0 <= 1 << 48 }) else { return nil }
        if shape.contains(0) { return 0 }
        var product = 1
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard !overflow, next <= 1 << 48 else { return nil }
            product = next
        }
        return product
    }

    /// The first multiple of 64 at or behind `count` Floats from `start` on; nil beyond 2⁵².
    private static func aligned(_ start: Int, plus count: Int) -> Int? {
        let end = (start + 4 * count + alignment - 1) / alignment * alignment
        return end <= 1 << 52 ? end : nil
    }
}
