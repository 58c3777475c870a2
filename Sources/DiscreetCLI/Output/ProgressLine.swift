// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// One line of progress on standard error, redrawn at most ten times a second, and only on a terminal.
final class ProgressLine: Sendable {
    private struct State {
        var lastDrawn: ContinuousClock.Instant?
        var isShown = false
    }

    private let state = Mutex(State())
    private let isOn: Bool
    private let start = ContinuousClock.now

    init(isOn: Bool = Terminal.errorIsTerminal) { self.isOn = isOn }

    /// Draws what `text` makes of the seconds since the start, unless a line was drawn just now.
    func update(_ text: (_ elapsed: Double) -> String) {
        guard isOn else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            if let last = state.lastDrawn, now - last < .milliseconds(100) { return }
            state = State(lastDrawn: now, isShown: true)
            Terminal.raw("\r\u{1B}[K" + DisplayText.cut(DisplayText.escaped(text(seconds(until: now))), to: 78))
        }
    }

    /// Takes the line away again; anything may be printed afterwards.
    func clear() {
        guard isOn else { return }
        state.withLock { state in
            if state.isShown { Terminal.raw("\r\u{1B}[K") }
            state = State()
        }
    }

    /// "12 s left" from the share done; nothing before a second has passed.
    static func timeLeft(done: Double, elapsed: Double) -> String {
        guard elapsed >= 1, done > 0, done < 1 else { return "" }
        return ", \(Numbers.seconds(elapsed * (1 - done) / done)) left"
    }

    private func seconds(until now: ContinuousClock.Instant) -> Double {
        let (whole, atto) = (now - start).components
        return Double(whole) + Double(atto) * 1e-18
    }
}
