// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Cryptography

#if os(Linux)
    struct ForkTests {
        /// `fork`, which Swift hides because a child of many threads can do little. Ours draws, writes and exits.
        private func fork() throws -> pid_t {
            typealias Fork = @convention(c) () -> pid_t
            let symbol = try #require(dlsym(nil, "fork"))
            return unsafeBitCast(symbol, to: Fork.self)()
        }

        @Test("a forked child goes on with another stream, in the middle of a buffer too; the parent's stays")
        func childDrawsOthers() throws {
            var stream = SecureStream()
            _ = stream.next()
            var pipe: [Int32] = [0, 0]
            #expect(Glibc.pipe(&pipe) == 0)
            let child = try fork()
            if child == 0 {
                var word = stream.next()
                _ = write(pipe[1], &word, 8)
                _exit(0)
            }
            var theirs: UInt64 = 0
            #expect(read(pipe[0], &theirs, 8) == 8)
            waitpid(child, nil, 0)
            let ours = stream.next()
            #expect(theirs != ours)
            // Nor is it any other word of the parent's buffer.
            #expect(!(0..<4096).contains { _ in stream.next() == theirs })
        }

        @Test("a seeded stream goes on as it was, on both sides")
        func seededStreamStays() throws {
            var stream = SecureStream(seed: sequence(32))
            _ = stream.next()
            var pipe: [Int32] = [0, 0]
            #expect(Glibc.pipe(&pipe) == 0)
            let child = try fork()
            if child == 0 {
                var word = stream.next()
                _ = write(pipe[1], &word, 8)
                _exit(0)
            }
            var theirs: UInt64 = 0
            #expect(read(pipe[0], &theirs, 8) == 8)
            waitpid(child, nil, 0)
            #expect(theirs == stream.next())
        }
    }
#endif
