// SPDX-License-Identifier: Apache-2.0

import DPAccounting
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
    if start[0] & 8 != 0 {
        readDocument(bytes)
        return 0
    }
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

/// Documents that a stranger may hand to `verify`, and plans that `account` prices. What parses is written and read again.
private func readDocument(_ bytes: [UInt8]) {
    _ = try? SignedDocument(parsing: bytes)
    _ = try? LogEntry(parsing: bytes)
    guard let value = try? JSONValue.parse(bytes) else { return }
    if let written = try? CanonicalJSON.bytes(value) {
        let again = (try? JSONValue.parse(written)).flatMap { try? CanonicalJSON.bytes($0) }
        precondition(again == written, "the canonical form is not a fixed point")
    }
    _ = try? value.decode(Certificate.self)
    _ = try? value.decode(Receipt.self)
    _ = try? value.decode(LogHead.self)
    _ = try? value.decode(AccountSums.self)
    if let plan = try? value.decode(RunPlan.self), plan.stretches.count <= 4 {
        let price = PlanPrice(of: plan, delta: DeltaAmount(1e-6, rounding: .down))
        precondition(!price.epsilon.value.isNaN && price.epsilon.value >= 0, "a price is no number")
    }
}
