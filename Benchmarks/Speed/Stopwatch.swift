// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Processor time of this process, which a busy machine changes less than the clock on the wall.
enum Stopwatch {
    static func rate(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        let begin = seconds
        try body()
        return Double(count) / max(1e-9, seconds - begin)
    }

    private static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static var peakMebibytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) / 1024
    }
}

enum Table {
    static func printHead() {
        Swift.print("measure                                        ours        limit  ratio    bar  (limit)")
    }

    static func print(_ what: String, _ ours: Double, _ limit: Double, _ which: String, bar: Double? = nil) {
        let name = what.padding(toLength: 40, withPad: " ", startingAt: 0)
        let reached = bar.map { String(format: "%5.0f%%", 100 * ours / $0) } ?? "     –"
        Swift.print(
            String(format: "%@ %10.0f  %11.0f  %5.2f %@  (%@)", name, ours, limit, ours / limit, reached, which))
    }
}
