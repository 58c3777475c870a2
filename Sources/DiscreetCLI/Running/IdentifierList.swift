// SPDX-License-Identifier: Apache-2.0

import Discreet
import Foundation

/// Files of ids, one a line.
enum IdentifierList {
    /// The ids in the file at `path`, or on standard input for `-`, byte for byte; empty lines do not count, and
    /// neither does the carriage return of a Windows line end.
    /// - Throws: `DiscreetError`, or `CancellationError` while waiting for standard input.
    static func read(_ path: String) throws -> [String] {
        let name = path == "-" ? "standard input" : DisplayText.escaped(path)
        guard let bytes = try contents(of: path) else {
            throw DiscreetError(
                .notFound, "the list of ids cannot be read (\(name))", hint: "Check the name and its permissions")
        }
        var lines: [String] = []
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for (index, line) in bytes.dropFirst(start).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).enumerated() {
            let id = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if id.isEmpty { continue }
            guard let text = String(validating: id, as: UTF8.self) else {
                throw DiscreetError(
                    .badData, "an id is not UTF-8 (\(name):\(index + 1))", hint: "Save the file as UTF-8")
            }
            lines.append(text)
        }
        return lines
    }

    private static func contents(of path: String) throws -> Data? {
        path == "-" ? try standardInput() : try? Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// All of standard input. It may stay silent for long, so a signal is looked for five times a second.
    private static func standardInput() throws -> Data? {
        let input = FileHandle.standardInput
        var bytes = Data()
        while true {
            var request = pollfd(fd: input.fileDescriptor, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 200) == 0 {
                try Task.checkCancellation()
                continue
            }
            guard let block = try? input.read(upToCount: 1 << 16) else { return bytes }
            if block.isEmpty { return bytes }
            bytes += block
        }
    }
}
