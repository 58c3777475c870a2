// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What the machine lets a test do: mounting, running as somebody else, holding a file open as another process would.
enum Machine {
    static let noMount: Comment = "only root may mount a small disk, and some containers forbid it to root too"
    static let isRoot = geteuid() == 0

    /// Whether a small disk can be mounted here.
    static let mounts: Bool = {
        guard isRoot, let place = try? TemporaryDirectory() else { return false }
        guard tool("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place.path) else { return false }
        return tool("umount", place.path)
    }()

    /// The prefix that makes a command run as one who is not root: nothing if we are not root ourselves.
    static let asNobody = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

    /// Whether such a user reaches the built command at all (a checkout below /root is closed to them).
    static let nobodyRunsTheCommand: Bool = {
        guard isRoot else { return true }
        guard let binary = try? RunningCommand.binary() else { return false }
        return tool(asNobody + [binary.path, "--version"])
    }()
    static let nobodyIsLockedOut: Comment = "nobody cannot run the built command: the checkout is closed to others"

    /// Runs a tool; whether it ended well.
    @discardableResult
    static func tool(_ arguments: String...) -> Bool { tool(arguments) }
    @discardableResult
    static func tool(_ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// A disk of a few hundred kilobytes, in memory.
final class SmallDisk {
    let path: String
    private let folder: TemporaryDirectory

    init(kilobytes: Int) throws {
        folder = try TemporaryDirectory()
        path = folder.path
        try #require(Machine.tool("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k,mode=0700", "tmpfs", path))
    }

    deinit { Machine.tool("umount", "-l", path) }

    func resize(kilobytes: Int) throws {
        try #require(Machine.tool("mount", "-o", "remount,size=\(kilobytes)k", path))
    }
}
