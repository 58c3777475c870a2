// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Policies

/// Asks a KMS, through the operator's command, to wrap or unwrap the master key: one JSON request on the command's standard input,
/// one JSON answer on its standard output. The KMS holds the wrapping key; the directory holds the wrapped master key alone.
///
/// No answer, and nothing of the command's standard error, is ever quoted: it may hold the key.
struct KeyCommandClient: Sendable {
    let command: KeyCommand
    let directoryID: String
    /// Seconds from start to answer.
    var patience: TimeInterval = 10

    /// Hexadecimal digits of a wrapped key: at most this many.
    static let longestWrapped = 8192
    /// Bytes of an answer.
    private static let longestAnswer = 16_384

    /// The master key as the KMS wraps it: hexadecimal digits that only the KMS can make sense of.
    func wrap(_ key: borrowing MasterKey) throws -> [UInt8] {
        try key.withHexadecimal { digits in
            let start = Array(#"{"directoryId":"\#(directoryID)","key":""#.utf8)
            let end = Array("\",\"operation\":\"wrap\"}\n".utf8)
            var request: [UInt8] = []
            request.reserveCapacity(start.count + digits.count + end.count)  // growing would leave the key behind
            request += start
            request += digits
            request += end
            defer { ConstantTime.erase(&request) }
            var answer = try exchange(request)
            defer { ConstantTime.erase(&answer) }
            guard let wrapped = Self.value(of: "wrapped", in: answer), wrapped.count <= Self.longestWrapped,
                !ConstantTime.areEqual(wrapped, digits)
            else { throw badAnswer }
            return wrapped
        }
    }

    /// The master key of what `wrap` gave.
    func unwrap(_ wrapped: [UInt8]) throws -> MasterKey {
        let start = #"{"directoryId":"\#(directoryID)","operation":"unwrap","wrapped":""#
        var answer = try exchange(Array(start.utf8) + wrapped + Array("\"}\n".utf8))
        defer { ConstantTime.erase(&answer) }
        guard var digits = Self.value(of: "key", in: answer) else { throw badAnswer }
        defer { ConstantTime.erase(&digits) }
        guard digits.count == 2 * MasterKey.length else { throw badAnswer }
        return try MasterKey(hexadecimal: digits)
    }

    /// The digits of {"name":"digits"}, white space between the tokens; nil for anything else. Bytes, so that they can be zeroed.
    static func value(of name: String, in answer: [UInt8]) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(answer.count)  // growing would leave the key behind
        for byte in answer where ![0x20, 0x0A, 0x0D, 0x09].contains(byte) { plain.append(byte) }
        defer { ConstantTime.erase(&plain) }
        let (start, end) = (Array("{\"\(name)\":\"".utf8), Array("\"}".utf8))
        guard plain.count > start.count + end.count, plain.starts(with: start), plain.suffix(2).elementsEqual(end)
        else { return nil }
        // Copied byte by byte: a slice would hold on to what is to be zeroed.
        var digits: [UInt8] = []
        digits.reserveCapacity(plain.count)
        var areHexadecimal = true
        for place in start.count..<(plain.count - end.count) {
            switch plain[place] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                digits.append(plain[place])
            default: areHexadecimal = false
            }
        }
        if areHexadecimal && digits.count % 2 == 0 { return digits }
        ConstantTime.erase(&digits)
        return nil
    }

    /// Runs the command once.
    private func exchange(_ request: [UInt8]) throws -> [UInt8] {
        let deadline = Date(timeIntervalSinceNow: patience)
        let run = try start()
        defer { run.stop() }
        Self.send(request, to: run.input.fileHandleForWriting.fileDescriptor)
        try? run.input.fileHandleForWriting.close()
        var answer = try receive(from: run, until: deadline)
        var end = run.end
        while end == nil {
            guard Date() < deadline else {
                ConstantTime.erase(&answer)
                throw noAnswer
            }
            usleep(2_000)
            end = run.end
        }
        guard let end, end == .exit(0) else {
            ConstantTime.erase(&answer)
            throw failure(end)
        }
        return answer
    }

    private struct Run {
        let process = Process()
        let input = Pipe()
        let output = Pipe()

        /// How the command itself ended; nil while it runs. Foundation's `isRunning` also waits for what the command has started.
        var end: End? {
            var info = siginfo_t()
            if waitid(P_PID, id_t(process.processIdentifier), &info, WEXITED | WNOHANG | WNOWAIT) == 0 {
                guard info.si_signo != 0 else { return nil }
                #if os(Linux)
                    let status = info._sifields._sigchld.si_status
                #else
                    let status = info.si_status
                #endif
                // 1 is CLD_EXITED, which not every system's headers show to Swift as a number.
                return info.si_code == 1 ? .exit(status) : .signal(status)
            }
            // Foundation was faster, and knows it in a moment.
            if process.isRunning { return nil }
            return process.terminationReason == .exit
                ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
        }

        /// Whatever the command started goes with it, where the system made it a group.
        func stop() {
            if kill(-process.processIdentifier, SIGKILL) != 0, end == nil { kill(process.processIdentifier, SIGKILL) }
        }
    }

    private enum End: Equatable { case exit(Int32), signal(Int32) }

    /// No shell; nothing of our environment but where programs are and whose home it is.
    private func start() throws -> Run {
        let run = Run()
        run.process.executableURL = URL(fileURLWithPath: command.words[0])
        run.process.arguments = Array(command.words.dropFirst())
        run.process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": NSHomeDirectory(), "LC_ALL": "C"]
        run.process.currentDirectoryURL = URL(fileURLWithPath: "/", isDirectory: true)
        (run.process.standardInput, run.process.standardOutput) = (run.input, run.output)
        run.process.standardError = FileHandle.nullDevice
        do {
            try run.process.run()
        } catch {
            throw DiscreetError(
                .badConfiguration, "The key command cannot be started (\(command.words[0]))",
                hint: "Check that it is there and may be executed: `command` in discreet.yaml names it.")
        }
        return run
    }

    /// Fewer bytes than a pipe holds, so that nobody waits. A command that is gone already is told by its exit code.
    private static func send(_ request: [UInt8], to descriptor: CInt) {
        #if os(Linux)
            // A reader that is gone must not end this process: the signal is held back for this thread, and taken.
            var (pipe, before, now) = (sigset_t(), sigset_t(), timespec())
            sigemptyset(&pipe)
            sigaddset(&pipe, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &pipe, &before)
            defer {
                while sigtimedwait(&pipe, nil, &now) > 0 {}
                pthread_sigmask(SIG_SETMASK, &before, nil)
            }
        #else
            _ = fcntl(descriptor, F_SETNOSIGPIPE, 1)
        #endif
        var done = 0
        while done < request.count {
            let put = request[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { return }
            done += put
        }
    }

    /// All that the command writes until it closes its output or ends.
    private func receive(from run: Run, until deadline: Date) throws -> [UInt8] {
        let descriptor = run.output.fileHandleForReading.fileDescriptor
        var (answer, block) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        answer.reserveCapacity(Self.longestAnswer + block.count)
        defer { ConstantTime.erase(&block) }
        while true {
            let hasEnded = run.end != nil
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, 20)
            if ready > 0 {
                let got = read(descriptor, &block, block.count)
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return answer }
                answer += block[..<got]
            } else if hasEnded {
                return answer  // something that it started holds the pipe
            }
            guard answer.count <= Self.longestAnswer else {
                ConstantTime.erase(&answer)
                throw badAnswer
            }
            guard Date() < deadline else {
                ConstantTime.erase(&answer)
                throw noAnswer
            }
        }
    }

    private var badAnswer: DiscreetError {
        DiscreetError(
            .badConfiguration, "The key command answers otherwise than its protocol says (\(command.words[0]))",
            hint: "docs/formats.md shows request and answer: try the command by hand.")
    }

    private var noAnswer: DiscreetError {
        DiscreetError(
            .busy, "The key command gave no answer within \(Int(patience)) seconds (\(command.words[0]))",
            hint: "Try again when the KMS can be reached.")
    }

    private func failure(_ end: End?) -> DiscreetError {
        let how =
            switch end {
            case .exit(let code): "exit code \(code)"
            case .signal(let signal): "signal \(signal)"
            case nil: "no exit code"
            }
        return DiscreetError(
            .io, "The key command failed with \(how) (\(command.words[0]))",
            hint: "Try the command by hand: what it says is not shown, since it could hold the key.")
    }
}
