// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ingestion
import Interactions
import Policies
import Records

private let catalogue = Catalogue(["i1", "i2"].map { CatalogueItem(id: $0) })
nonisolated(unsafe) private let ingestor = Ingestor(catalogue: catalogue, options: IngestOptions(batchRows: 8))

/// The first byte chooses the parser, the second how the source is cut; the rest is the file. Errors are fine, traps are not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzParsers(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 2, count: count - 2))
    let block = Int(start[1]) + 1
    func source(_ name: String) -> InputSource { .bytes(bytes, name: name, block: block) }
    let names = ["f.csv", "f.tsv", "f.jsonl", "u.data"]
    let name = names[Int(start[0] >> 4) % names.count]
    switch start[0] & 7 {
    case 0, 1: _ = try? ingestor.ingest([source(name)]) { ($0.count, 0) }
    case 2: _ = try? CatalogueReader.read(source(name))
    case 3: _ = try? HistoryTable(source(name), catalogue: catalogue)
    case 4: _ = try? ConsentReader.read(source(name))
    case 5:
        _ = try? IDList.read(source(name))
        _ = try? IDList.readCandidates(source(name), catalogue: catalogue)
    case 6:
        _ = try? JSONValue.parse(bytes)
        _ = try? IngestOptions.columns(parsing: String(decoding: bytes, as: UTF8.self))
    default: _ = try? Policy(yaml: String(decoding: bytes, as: UTF8.self), file: "f.yaml")
    }
    return 0
}
