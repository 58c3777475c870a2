// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Where rows come from.
public enum InputSource: Equatable, Sendable {
    case file(URL)
    /// Spelt `-` on the command line.
    case standardInput
    /// Bytes at hand, given out `block` at a time: for embedders and tests.
    case bytes([UInt8], name: String, block: Int = 1 << 20)

    /// `-` is standard input, anything else a path.
    public init(argument: String) { self = argument == "-" ? .standardInput : .file(URL(fileURLWithPath: argument)) }

    /// The name for messages.
    public var name: String {
        switch self {
        case .file(let url): url.relativePath
        case .standardInput: "-"
        case .bytes(_, let name, _): name
        }
    }

    /// The extension in lower case, that before `.gz` if it ends so; empty if there is none.
    var pathExtension: String {
        switch self {
        case .file(let url): Self.pathExtension(of: url)
        case .standardInput: ""
        case .bytes(_, let name, _): Self.pathExtension(of: URL(fileURLWithPath: name))
        }
    }

    private static func pathExtension(of url: URL) -> String {
        let name = url.pathExtension.lowercased()
        return name == "gz" ? url.deletingPathExtension().pathExtension.lowercased() : name
    }

    /// How many bytes there are, nil for a stream (standard input, a pipe), which can be read only once.
    /// What does not exist counts as a stream: opening it tells.
    var byteCount: Int? {
        switch self {
        case .bytes(let bytes, _, _): return bytes.count
        case .standardInput: return nil
        case .file(let url):
            var status = stat()
            guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            return Int(status.st_size)
        }
    }
}
