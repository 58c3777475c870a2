// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A signal that asks the program to stop.
enum StopSignal: Int32, CaseIterable, Sendable {
    case interrupt = 2
    case terminate = 15

    var name: String { self == .interrupt ? "SIGINT" : "SIGTERM" }
    /// 130 and 143, as shells count.
    var exitCode: Int32 { 128 + rawValue }
}

/// SIGINT and SIGTERM: the first is told to the program, the second ends it as if nobody had listened.
///
/// A handler may do next to nothing, so it writes the signal's number to a pipe that a thread of its own reads.
/// Masks and `sigwait` would not do: OpenBLAS starts threads before `main`, and those would take the signal unmasked.
enum StopSignals {
    private static let pipe = Pipe()
    private static let writeEnd = pipe.fileHandleForWriting.fileDescriptor
    private static let first = Atomic<Int32>(0)

    /// Opens the pipe and installs the handlers. SIGPIPE and SIGXFSZ are ignored: a closed output, or a limit on the size
    /// of files (`ulimit -f`), is met where it is written to.
    static func prepare() {
        _ = writeEnd
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for stop in StopSignal.allCases {
            signal(stop.rawValue) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(StopSignals.writeEnd, &byte, 1)
            }
        }
    }

    /// Calls `action` once, on a thread of its own, when the first signal comes.
    static func onFirst(_ action: @escaping @Sendable (StopSignal) -> Void) {
        let reader = pipe.fileHandleForReading
        let thread = Thread {
            while let byte = try? reader.read(upToCount: 1)?.first {
                guard let stop = StopSignal(rawValue: Int32(byte)) else { continue }
                let isFirst = first.compareExchange(expected: 0, desired: stop.rawValue, ordering: .relaxed).exchanged
                if isFirst { action(stop) } else { end(by: stop) }
            }
        }
        thread.start()
    }

    /// 130 or 143 if a signal ended the work cleanly, else the work's own code.
    static func exitCode(insteadOf code: Int32) -> Int32 {
        guard let stop = StopSignal(rawValue: first.load(ordering: .relaxed)) else { return code }
        return code == 0 || code == CommandRun.stopped ? stop.exitCode : code
    }

    private static func end(by stop: StopSignal) {
        signal(stop.rawValue, SIG_DFL)
        kill(getpid(), stop.rawValue)
    }
}
