// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An open source of bytes as they are stored, read in blocks by `read(2)`. Closes what it opened.
struct ByteStream: ~Copyable {
    static let blockBytes = 1 << 20

    let name: String
    /// Whether bytes may be long in coming: anything but a regular file.
    private let mayBlock: Bool
    private let descriptor: Int32
    private let memory: [UInt8]
    private var position = 0
    private var block: [UInt8]

    static func open(_ source: InputSource) throws(IngestionError) -> ByteStream {
        switch source {
        case .bytes(let bytes, let name, let block):
            return ByteStream(name, descriptor: -1, mayBlock: false, memory: bytes, block: max(1, block))
        case .standardInput:
            return ByteStream(source.name, descriptor: 0, mayBlock: true)
        case .file(let url):
            let (descriptor, mayBlock) = try open(url.path, name: source.name)
            return ByteStream(source.name, descriptor: descriptor, mayBlock: mayBlock)
        }
    }

    private init(_ name: String, descriptor: Int32, mayBlock: Bool, memory: [UInt8] = [], block: Int = blockBytes) {
        (self.name, self.descriptor, self.mayBlock, self.memory) = (name, descriptor, mayBlock, memory)
        self.block = Array(repeating: 0, count: block)
    }

    deinit { if descriptor > 0 { close(descriptor) } }

    /// Appends the next block to `buffer`; 0 at the end.
    mutating func read(into buffer: inout [UInt8]) throws(IngestionError) -> Int {
        if descriptor < 0 {
            let count = min(block.count, memory.count - position)
            buffer.append(contentsOf: memory[position..<position + count])
            position += count
            return count
        }
        while true {
            if mayBlock { try waitForBytes() }
            #if canImport(Darwin)
                let count = Darwin.read(descriptor, &block, block.count)
            #else
                let count = Glibc.read(descriptor, &block, block.count)
            #endif
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .cannotRead(file: name, errno: errno) }
            buffer.append(contentsOf: block[..<count])
            return count
        }
    }

    /// A stream may stay silent for long: looks five times a second whether the task was cancelled meanwhile.
    private func waitForBytes() throws(IngestionError) {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&request, 1, 200) == 0 {
            if Task.isCancelled { throw .interrupted }
        }
    }

    private static func open(
        _ path: String, name: String
    ) throws(IngestionError) -> (descriptor: Int32, mayBlock: Bool) {
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC)
        #else
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        #endif
        guard descriptor >= 0 else {
            throw errno == ENOENT || errno == ENOTDIR ? .notFound(file: name) : .cannotRead(file: name, errno: errno)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .cannotRead(file: name, errno: code)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw .notFound(file: name)
        }
        return (descriptor, status.st_mode & S_IFMT != S_IFREG)
    }
}
