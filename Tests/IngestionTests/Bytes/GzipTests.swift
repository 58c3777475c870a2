// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
import TestSupport
import Testing

@testable import Ingestion

/// gzip by content. The members were made by `gzip -n` and by hand; `stored` wraps text without compressing it.
struct GzipTests {
    /// A gzip member of stored blocks (RFC 1951, section 3.2.4), so that tests need no compressor.
    private static func stored(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        var rest = text[...]
        repeat {
            let part = rest.prefix(65_535)
            rest = rest.dropFirst(part.count)
            let (low, high) = (UInt8(part.count & 0xFF), UInt8(part.count >> 8))
            bytes += [rest.isEmpty ? 1 : 0, low, high, ~low, ~high] + part
        } while !rest.isEmpty
        var crc: UInt32 = ~0
        for byte in text {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        for word in [~crc, UInt32(text.count)] {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }
    private static let text = Array("user,item\nu,i1\nv,i2\n".utf8)

    private func rows(_ bytes: [UInt8], name: String = "events.csv", block: Int = 1 << 20) throws -> [UserEvents] {
        let run = Import()
        try run.run([.bytes(bytes, name: name, block: block)])
        return run.events
    }

    @Test("compressed content is what it unpacks to, however it comes in", arguments: [1, 2, 3, 7, 1 << 20])
    func unpacks(block: Int) throws {
        let plain = try rows(Self.text)
        #expect(plain.count == 2)
        #expect(try rows(Self.stored(Self.text), block: block) == plain)
        let cut = Self.text.count / 2
        let members = Self.stored(Array(Self.text[..<cut])) + Self.stored([]) + Self.stored(Array(Self.text[cut...]))
        #expect(try rows(members, block: block) == plain)
        #expect(try rows(members + [0, 0, 0, 0, 0], block: block) == plain)
    }

    @Test("the name before .gz tells the format")
    func formatByName() throws {
        let tabs = Array("user\titem\nu\ti1\n".utf8)
        #expect(try rows(Self.stored(tabs), name: "events.tsv.gz").count == 1)
        #expect(try rows(Self.stored(Array(#"{"user":"u","item":"i1"}"#.utf8)), name: "e.JSONL.GZ").count == 1)
    }

    @Test("cut anywhere, it is an error that says so", arguments: [1, 1 << 20])
    func truncated(block: Int) {
        let whole = Self.stored(Self.text)
        for length in 2..<whole.count {
            #expect(throws: IngestionError.truncatedGzip(file: "events.csv"), "\(length)") {
                try rows(Array(whole[..<length]), block: block)
            }
        }
        for length in 1..<whole.count {
            #expect(throws: IngestionError.self) { try rows(whole + whole[..<length], block: block) }
        }
    }

    @Test("a changed byte, or text behind the end, is never taken for content")
    func damaged() throws {
        let whole = Self.stored(Self.text)
        for place in whole.indices where !(4...9).contains(place) {
            var bytes = whole
            bytes[place] ^= 0x55
            #expect(throws: IngestionError.self, "\(place)") { try rows(bytes) }
        }
        #expect(throws: IngestionError.damagedGzip(file: "events.csv")) { try rows(whole + Array("x".utf8)) }
        #expect(throws: IngestionError.damagedGzip(file: "events.csv")) { try rows(whole + [0, 0x1F, 0x8B]) }
        #expect(throws: IngestionError.self) { try rows(Self.stored(whole)) }
    }

    @Test("300 MiB of one byte, packed into one and a half, is one row too long, or too much for a list; memory stays")
    func bomb() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("bomb.csv.gz")
        try pack("head -c 314572800 /dev/zero | tr '\\0' a", into: file)
        #expect(throws: IngestionError.inflatesTooFar(file: file.relativePath, limit: TextLimits.inflatedBytes)) {
            try IDList.read(.file(file))
        }
        let before = peak()
        #expect(throws: IngestionError.self) { try Import().run([.file(file)]) }
        #expect(peak() - before < 64 << 20)
    }

    @Test("a real gzip file of many rows, larger than any block")
    func real() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("events.csv.gz")
        try pack("echo user,item; for i in $(seq 200000); do echo u$i,i1; done", into: file)
        let run = Import()
        try run.run([.file(file)])
        #expect(run.report.accepted == 200_000 && run.report.rejected == 0)
        let last = try #require(run.progress.last)
        #expect(last.bytesRead <= (last.totalBytes ?? 0) && last.bytesRead > 0)
    }

    private func pack(_ script: String, into file: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "(\(script)) | gzip -1 > '\(file.path)'"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// The most memory this process ever had, in bytes.
    private func peak() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.split(whereSeparator: { !$0.isNumber }).first ?? "0") ?? 0) << 10
    }
}
