// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The list of rejected rows: CSV `file,line,field,reason`, 0600, made new. Cells of the input never get in.
struct RejectsFile: ~Copyable {
    private let name: String
    private let descriptor: Int32
    private var buffer: [UInt8] = Array("file,line,field,reason\n".utf8)

    /// - Throws: `exists`, `insideDataDirectory`, `cannotWrite`.
    static func create(at url: URL, outside dataDirectory: URL?) throws(IngestionError) -> RejectsFile {
        let name = url.relativePath
        if let dataDirectory, isInside(url, dataDirectory) { throw .insideDataDirectory(file: name) }
        #if canImport(Darwin)
            let descriptor = Darwin.open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        #else
            let descriptor = Glibc.open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        #endif
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .exists(file: name) : .cannotWrite(file: name, errno: errno)
        }
        return RejectsFile(name: name, descriptor: descriptor)
    }

    private init(name: String, descriptor: Int32) { (self.name, self.descriptor) = (name, descriptor) }

    deinit { close(descriptor) }

    mutating func append(_ row: RejectedRow) throws(IngestionError) {
        buffer.append(
            contentsOf: "\(CSVCell.quoted(row.file)),\(row.line),\(CSVCell.quoted(row.field)),\(row.reason.rawValue)\n"
                .utf8)
        if buffer.count >= 1 << 16 { try flush() }
    }

    mutating func flush() throws(IngestionError) {
        while !buffer.isEmpty {
            let count = write(descriptor, buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .cannotWrite(file: name, errno: errno) }
            buffer.removeFirst(count)
        }
    }

    /// By true paths: a link into the directory is inside.
    private static func isInside(_ url: URL, _ directory: URL) -> Bool {
        let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().standardizedFileURL.pathComponents
        let data = directory.resolvingSymlinksInPath().standardizedFileURL.pathComponents
        return folder.starts(with: data)
    }
}

/// Cells of the CSV that we write.
package enum CSVCell {
    /// RFC 4180: in quotes if it holds a comma, a quote or a line end.
    package static func quoted(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
