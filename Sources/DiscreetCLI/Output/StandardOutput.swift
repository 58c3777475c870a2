// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Whoever read our output closed it early (`discreet … | head`): no error, nothing more to do.
struct ReaderLeft: Error {}

/// Output that could not be written.
enum OutputError: Error, Equatable {
    case standardOutput
    case file(String)

    var notice: Failure.Notice {
        let place =
            switch self {
            case .standardOutput: "standard output"
            case .file(let path): path
            }
        return .init(
            code: "input-output", message: "the answer could not be written (\(place))",
            hint: "Look for a full disk or a missing permission and run the command again")
    }
}

/// Standard output. All of it passes here, so that a full disk is an error and a reader that left is none.
enum StandardOutput {
    static func write(_ text: String) throws { try write(Data(text.utf8)) }

    /// - Throws: `ReaderLeft` or `OutputError`.
    static func write(_ bytes: Data) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: bytes)
        } catch {
            throw isBrokenPipe(error) ? ReaderLeft() as any Error : OutputError.standardOutput
        }
    }

    private static func isBrokenPipe(_ error: any Error) -> Bool {
        var next: NSError? = error as NSError
        while let current = next {
            if current.domain == NSPOSIXErrorDomain && current.code == Int(EPIPE) { return true }
            next = current.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        return false
    }
}
