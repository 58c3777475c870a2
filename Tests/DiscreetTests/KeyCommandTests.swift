// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Policies
import TestSupport
import Testing

@testable import Discreet

/// The master key by way of a KMS: a command that wraps and unwraps, and all that one can do wrong.
struct KeyCommandTests {
    private let folder: TemporaryDirectory
    private static let id = String(repeating: "0f", count: 16)

    init() throws { folder = try TemporaryDirectory() }

    /// "Wraps" by exchanging each digit for another; what matters here is the protocol.
    private static let kms = """
        #!/bin/sh
        read -r line
        digits=$(printf %s "$line" | sed 's/.*"\\(key\\|wrapped\\)":"\\([0-9a-f]*\\)".*/\\2/' | tr 0123456789abcdef fedcba9876543210)
        case "$line" in
        *'"operation":"wrap"'*) printf '{ "wrapped" : "%s" }\\n' "$digits" ;;
        *'"operation":"unwrap"'*) printf '{"key":"%s"}\\n' "$digits" ;;
        esac
        """

    private func script(_ text: String, name: String = "kms", mode: Int = 0o700) throws -> String {
        let file = folder.file(name)
        try Data((text + "\n").utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }

    private func client(_ command: String, patience: TimeInterval = 10) throws -> KeyCommandClient {
        KeyCommandClient(command: try #require(KeyCommand(command)), directoryID: Self.id, patience: patience)
    }

    @Test("a directory is made, opened, used and its key rotated; it holds the wrapped key alone")
    func wholeStory() async throws {
        let command = try script(Self.kms)
        let location = DataLocation(
            data: folder.file("data").path, keyCommand: command, environment: ["XDG_CONFIG_HOME": folder.path])
        let made = try Engine.create(at: location)
        #expect(made.keyFile.isEmpty)
        // As any later process: nothing but the directory is named.
        let later = DataLocation(data: folder.file("data").path, environment: ["XDG_CONFIG_HOME": folder.path])
        let engine = try Engine(opening: later)
        #expect(try await engine.checkKeys().checks.allSatisfy(\.ok))
        #expect(try await engine.verify().checks.allSatisfy(\.ok))
        let wrapped = try String(contentsOf: location.wrappedKeyFile, encoding: .utf8)
        let digits = try #require(KeyCommandClient.value(of: "wrapped", in: Array(wrapped.utf8)))
        let key = String(decoding: digits, as: UTF8.self).map { character in
            String(15 - (character.hexDigitValue ?? 0), radix: 16)
        }.joined()
        let clear = [Data(key.utf8), Data(Hex.decode(key) ?? [])]
        for name in try FileManager.default.subpathsOfDirectory(atPath: location.directory.path) {
            guard let bytes = FileManager.default.contents(atPath: location.path(name).path) else { continue }
            for secret in clear { #expect(bytes.range(of: secret) == nil, "\(name)") }
        }
        #expect(
            try FileManager.default.attributesOfItem(atPath: location.wrappedKeyFile.path)[.posixPermissions] as? Int
                == 0o600)

        let report = try await Engine(opening: later).rotateKeys()
        #expect(report.publicKey == made.publicKey)
        #expect(try String(contentsOf: location.wrappedKeyFile, encoding: .utf8) != wrapped)
        #expect(try await engine.checkKeys().checks.allSatisfy(\.ok))
        let names = try FileManager.default.contentsOfDirectory(atPath: location.directory.path)
        #expect(!names.contains { $0.hasPrefix("master.wrapped.") }, "\(names)")
        // The old wrapped key put back opens nothing.
        try Data(wrapped.utf8).write(to: location.wrappedKeyFile)
        let error = #expect(throws: DiscreetError.self) { try Engine(opening: later) }
        #expect(error?.code == .badConfiguration)
    }

    @Test("a key file or a passphrase does not open such a directory, nor a command another one")
    func kindsDoNotMix() async throws {
        let command = try script(Self.kms)
        let made = DataLocation(data: folder.file("data").path, keyCommand: command, environment: [:])
        _ = try Engine.create(at: made)
        for location in [
            DataLocation(data: folder.file("data").path, keyFile: command, environment: [:]),
            DataLocation(data: folder.file("data").path, passphraseFile: command, environment: [:]),
        ] {
            let error = #expect(throws: DiscreetError.self) { try Engine(opening: location) }
            #expect(error?.code == .usage)
        }
        let plain = DataLocation(
            data: folder.file("plain").path, keyFile: folder.file("plain.key").path, environment: [:])
        _ = try Engine.create(at: plain)
        let error = #expect(throws: DiscreetError.self) {
            try Engine(opening: DataLocation(data: plain.directory.path, keyCommand: command, environment: [:]))
        }
        #expect(error?.code == .usage)
    }

    /// What a command may do wrong, and the code for it.
    struct Fault: Sendable, CustomTestStringConvertible {
        let what: String
        let script: String
        let code: DiscreetError.Code
        var testDescription: String { what }
    }
    private static let secret = String(repeating: "5e", count: 32)
    static let faults = [
        Fault(what: "fails", script: "cat >/dev/null; echo \(secret) >&2; exit 3", code: .io),
        Fault(
            what: "fails after its answer", script: "cat >/dev/null; echo '{\"key\":\"\(secret)\"}'; exit 1", code: .io),
        Fault(what: "dies of a signal", script: "kill -9 $$", code: .io),
        Fault(what: "reads nothing and says nothing", script: "exit 0", code: .badConfiguration),
        Fault(what: "hangs", script: "sleep 60", code: .busy),
        Fault(what: "answers and hangs", script: "echo '{\"key\":\"\(secret)\"}'; exec sleep 60", code: .busy),
        Fault(what: "never stops", script: "exec cat /dev/zero", code: .badConfiguration),
        Fault(what: "answers no JSON", script: "echo \(secret)", code: .badConfiguration),
        Fault(
            what: "answers with more", script: "echo '{\"key\":\"\(secret)\",\"note\":\"hi\"}'", code: .badConfiguration
        ),
        Fault(what: "answers with another member", script: "echo '{\"Key\":\"\(secret)\"}'", code: .badConfiguration),
        Fault(what: "answers with a short key", script: "echo '{\"key\":\"5e5e\"}'", code: .badConfiguration),
        Fault(what: "answers with a long key", script: "echo '{\"key\":\"\(secret)5e\"}'", code: .badConfiguration),
        Fault(
            what: "answers with no digits", script: "echo '{\"key\":\"\(secret.replacing("e", with: "z"))\"}'",
            code: .badConfiguration),
        Fault(
            what: "answers twice", script: "echo '{\"key\":\"\(secret)\"}{\"key\":\"\(secret)\"}'",
            code: .badConfiguration),
    ]

    @Test("a command that does not keep to the protocol is told, by code, and never quoted", arguments: faults)
    func misbehaves(fault: Fault) throws {
        let client = try client(script("#!/bin/sh\n" + fault.script), patience: fault.code == .busy ? 0.5 : 10)
        let clock = ContinuousClock()
        let began = clock.now
        let error = #expect(throws: DiscreetError.self) { _ = try client.unwrap(Array("aa55".utf8)) }
        #expect(error?.code == fault.code, "\(String(describing: error))")
        #expect(error?.description.contains("5e5e") == false)
        // Who hangs is not waited for; the margin is a busy machine's.
        #expect(clock.now - began < .seconds(9))
    }

    @Test("what a command leaves behind with its output open is not waited for")
    func leavesAChild() throws {
        let command = try script("#!/bin/sh\nsleep 60 &\nprintf '{\"key\":\"\(Self.secret)\"}'")
        let key = try client(command).unwrap(Array("aa55".utf8))
        #expect(try key.fingerprint() == MasterKey(hexadecimal: Array(Self.secret.utf8)).fingerprint())
    }

    @Test("a command that is not there, or may not be executed, is bad configuration")
    func cannotStart() throws {
        for command in [folder.file("none").path, try script(Self.kms, name: "closed", mode: 0o600), folder.path] {
            let error = #expect(throws: DiscreetError.self) { _ = try client(command).wrap(MasterKey()) }
            #expect(error?.code == .badConfiguration)
        }
    }

    @Test("a command that gives the key itself back as wrapped is refused, and no directory is made")
    func doesNotWrap() throws {
        let command = try script(
            "#!/bin/sh\nread -r line\nprintf %s \"$line\" | sed 's/.*\"key\":\"\\([0-9a-f]*\\)\".*/{\"wrapped\":\"\\1\"}/'"
        )
        let location = DataLocation(data: folder.file("data").path, keyCommand: command, environment: [:])
        let error = #expect(throws: DiscreetError.self) { try Engine.create(at: location) }
        #expect(error?.code == .badConfiguration)
        #expect(!FileManager.default.fileExists(atPath: location.directory.path))
    }

    @Test("no shell reads the command, its environment is small, and its request is one line of JSON")
    func environment() throws {
        let (seen, request) = (folder.file("seen"), folder.file("request"))
        let command = try script(
            "#!/bin/sh\nprintf '%s|' \"$@\" > \(seen.path)\nenv >> \(seen.path)\ncat > \(request.path)\necho '{\"wrapped\":\"aa\"}'"
        )
        setenv("DISCREET_TEST_SECRET", "not for children", 1)
        #expect(try client(command + "  --key-id a=b,c  -v").wrap(MasterKey()) == Array("aa".utf8))
        let text = try String(contentsOf: seen, encoding: .utf8)
        #expect(text.hasPrefix("--key-id|a=b,c|-v|"))
        #expect(!text.contains("DISCREET_TEST_SECRET"))
        let line = try String(contentsOf: request, encoding: .utf8)
        let pattern = /\{"directoryId":"(0f){16}","key":"[0-9a-f]{64}","operation":"wrap"\}\n/
        #expect(line.wholeMatch(of: pattern) != nil)
    }

    @Test(
        "a command line is an absolute path with plain words",
        arguments: [
            "kms", "./kms", "", " ", "/bin/kms; rm", "/bin/kms $HOME", "/bin/kms 'a b'", "/bin/kms \"a\"",
            "/bin/kms a: b",
            "/bin/kms # c", "/bin/kms\n-v", "/bin/kms {a}", "/bin/kms é", "/" + String(repeating: "a", count: 1024),
        ])
    func refusedCommands(text: String) throws {
        #expect(KeyCommand(text) == nil)
        let location = DataLocation(data: folder.file("data").path, keyCommand: text, environment: [:])
        let error = #expect(throws: DiscreetError.self) { try Engine.create(at: location) }
        #expect(error?.code == .usage)
        #expect(!FileManager.default.fileExists(atPath: location.directory.path))
    }

    @Test("discreet.yaml keeps a command line as it is")
    func configuration() throws {
        let command = try #require(KeyCommand("/usr/bin/kms-1 --key=a/b:c,d+e_f -x"))
        let configuration = DirectoryConfiguration(
            directoryID: Self.id, publicKey: String(repeating: "ab", count: 32), key: .command(command))
        #expect(try DirectoryConfiguration(yaml: configuration.yaml, file: "discreet.yaml") == configuration)
        #expect(throws: PolicyError.self) {
            try DirectoryConfiguration(
                yaml: configuration.yaml.replacing("/usr/bin/kms-1", with: "kms-1"), file: "discreet.yaml")
        }
        #expect(throws: PolicyError.self) {
            try DirectoryConfiguration(
                yaml: configuration.yaml.replacing("command: /usr", with: "comand: /usr"), file: "discreet.yaml")
        }
    }
}
