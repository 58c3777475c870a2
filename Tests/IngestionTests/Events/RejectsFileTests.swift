// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Ingestion

struct RejectsFileTests {
    private let folder: TemporaryDirectory
    private let bad = "user,item\nu,i1\nu,i9\n,i1\n"

    init() throws { folder = try TemporaryDirectory() }

    @Test("lists file, line, field and reason in a file of mode 0600")
    func listsRows() throws {
        let place = folder.file("rejects.csv")
        try Import().run(bad, options: IngestOptions(rejects: place))
        #expect(
            try String(contentsOf: place, encoding: .utf8)
                == "file,line,field,reason\nevents0.csv,3,item,unknown-item\nevents0.csv,4,user,missing-field\n")
        let mode = try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
    }

    @Test("replaces no file, follows no link")
    func replacesNothing() throws {
        let place = folder.file("rejects.csv")
        try Data("precious".utf8).write(to: place)
        let link = folder.file("link.csv")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder.file("elsewhere.csv"))
        for url in [place, link] {
            let run = Import()
            #expect(throws: IngestionError.exists(file: url.relativePath)) {
                try run.run(bad, options: IngestOptions(rejects: url))
            }
            #expect(run.batches.isEmpty)
        }
        #expect(try String(contentsOf: place, encoding: .utf8) == "precious")
    }

    @Test("refuses a place inside the data directory, also by way of links and dots")
    func refusesDataDirectory() throws {
        let data = folder.file("data")
        try FileManager.default.createDirectory(
            at: data.appendingPathComponent("models"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(at: folder.file("link"), withDestinationURL: data)
        for path in ["data/r.csv", "data/models/r.csv", "link/r.csv", "link/models/../r.csv"] {
            let place = folder.file(path)
            #expect(throws: IngestionError.insideDataDirectory(file: place.relativePath), "\(path)") {
                try Import().run(bad, options: IngestOptions(rejects: place, dataDirectory: data))
            }
        }
        try Import().run(bad, options: IngestOptions(rejects: folder.file("data-r.csv"), dataDirectory: data))
    }

    @Test("says so when the folder is not there")
    func reportsMissingFolder() {
        let place = folder.file("none/r.csv")
        #expect(throws: IngestionError.cannotWrite(file: place.relativePath, errno: ENOENT)) {
            try Import().run(bad, options: IngestOptions(rejects: place))
        }
    }
}
