// SPDX-License-Identifier: Apache-2.0

/// A source's content: its bytes, unpacked if they are gzip (RFC 1952), which the first two of them tell.
///
/// Unpacks block by block, so that memory does not grow with what is packed. Members may follow one another, zeros may pad the end.
struct ContentStream: ~Copyable {
    static let magic: [UInt8] = [0x1F, 0x8B]

    private var stream: ByteStream
    private var inflater: Inflater?
    /// Stored bytes that were read to see what they are, or are waiting to be unpacked.
    private var input: [UInt8]
    private var position = 0
    private var isInputEnd: Bool
    private var isBetweenMembers = false
    private var hasPadding = false
    private var storedBytes: Int
    private var inflatedBytes = 0
    private let inflatedLimit: Int
    private var output: [UInt8] = []

    var name: String { stream.name }
    /// Stored bytes behind us; nil for content that is stored as it is.
    var compressedBytesRead: Int? { inflater == nil ? nil : storedBytes - (input.count - position) }

    /// - Parameter inflatedLimit: bytes that may come out of a compressed source.
    static func open(_ source: InputSource, inflatedLimit: Int = .max) throws(IngestionError) -> ContentStream {
        var stream = try ByteStream.open(source)
        var input: [UInt8] = []
        var isEnd = false
        while input.count < magic.count && !isEnd { isEnd = try stream.read(into: &input) == 0 }
        var inflater: Inflater?
        if input.starts(with: magic) {
            guard let made = Inflater() else { throw .cannotRead(file: stream.name, errno: 12) }  // ENOMEM
            inflater = made
        }
        return ContentStream(stream, inflater, input, isEnd: isEnd, inflatedLimit: inflatedLimit)
    }

    // Nothing here throws: Swift 6.3.1 crashes where a noncopyable value is given up half made.
    private init(
        _ stream: consuming ByteStream, _ inflater: Inflater?, _ input: [UInt8], isEnd: Bool, inflatedLimit: Int
    ) {
        (self.inflater, self.input, isInputEnd, self.inflatedLimit) = (inflater, input, isEnd, inflatedLimit)
        storedBytes = input.count
        self.stream = stream
        if inflater != nil { output = Array(repeating: 0, count: ByteStream.blockBytes) }
    }

    /// Appends the next block to `buffer`; 0 at the end.
    mutating func read(into buffer: inout [UInt8]) throws(IngestionError) -> Int {
        guard let inflater else { return try readStored(into: &buffer) }
        while true {
            if position == input.count && !isInputEnd { try refill() }
            if isBetweenMembers {
                if try !beginMember(inflater) { return 0 }
                continue
            }
            if Task.isCancelled { throw .interrupted }
            let step = inflater.inflate(input, from: position, into: &output)
            position += step.read
            inflatedBytes += step.written
            if step.isBad { throw .damagedGzip(file: name) }
            if step.isEnd { isBetweenMembers = true }
            if inflatedBytes > inflatedLimit { throw .inflatesTooFar(file: name, limit: inflatedLimit) }
            if step.written > 0 {
                buffer.append(contentsOf: output[..<step.written])
                return step.written
            }
            if step.read == 0 && !step.isEnd && isInputEnd { throw .truncatedGzip(file: name) }
            if step.read == 0 && !step.isEnd && position < input.count { throw .damagedGzip(file: name) }
        }
    }

    /// Content that is stored as it is: first what `open` looked at.
    private mutating func readStored(into buffer: inout [UInt8]) throws(IngestionError) -> Int {
        if input.isEmpty { return isInputEnd ? 0 : try stream.read(into: &buffer) }
        buffer.append(contentsOf: input)
        let count = input.count
        input = []
        return count
    }

    private mutating func refill() throws(IngestionError) {
        input.removeAll(keepingCapacity: true)
        position = 0
        let count = try stream.read(into: &input)
        storedBytes += count
        isInputEnd = count == 0
    }

    /// Behind a member: another one, zeros, or the end (false). Called with input at hand, or at the end.
    private mutating func beginMember(_ inflater: Inflater) throws(IngestionError) -> Bool {
        if position == input.count && isInputEnd { return false }
        if input[position] == 0 {
            hasPadding = true
            while position < input.count && input[position] == 0 { position += 1 }
            return true
        }
        guard !hasPadding, input[position] == Self.magic[0] else { throw .damagedGzip(file: name) }
        inflater.reset()
        isBetweenMembers = false
        return true
    }
}
