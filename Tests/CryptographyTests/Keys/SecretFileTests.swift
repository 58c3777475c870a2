// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Cryptography

struct SecretFileTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test("the fingerprint is libsodium's KDF, and another key has another")
    func fingerprint() throws {
        // hashlib.blake2b(key=bytes([7] * 32), salt=LE64(1) + bytes(8), person=b"fingrprt" + bytes(8), digest_size=16)
        let master = try MasterKey(bytes: [UInt8](repeating: 7, count: 32))
        #expect(Hex.encode(master.fingerprint()) == "6926e114e4bc4102d919d2c915c830ae")
        #expect(MasterKey().fingerprint() != MasterKey().fingerprint())
        let again = try master.withHexadecimal { try MasterKey(hexadecimal: $0).fingerprint() }
        #expect(again == master.fingerprint())
        #expect(thrown { _ = try MasterKey(hexadecimal: Array("0g".utf8)) } == .badLength)
    }

    @Test("a file is overwritten before it goes, in all of its names; what is missing is no error")
    func destroys() throws {
        let (file, other) = (folder.file("secret"), folder.file("other name"))
        let secret = sequence(3_000_000, from: 1)
        try SecretFile.create(file, secret)
        try FileManager.default.linkItem(at: file, to: other)
        try SecretFile.destroy(file)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        let left = try Data(contentsOf: other)
        #expect(left.count == secret.count && left.allSatisfy { $0 == 0 })
        try SecretFile.destroy(file)
    }

    @Test("a link is not followed and a folder not destroyed")
    func destroysFilesAlone() throws {
        let (file, link) = (folder.file("secret"), folder.file("link"))
        try SecretFile.create(file, [1, 2, 3])
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        #expect(thrown { try SecretFile.destroy(link) } != nil)
        #expect(thrown { try SecretFile.destroy(folder.url) } != nil)
        #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
    }

    @Test("a new file is 0600, and what is there is left alone")
    func creates() throws {
        let file = folder.file("secret")
        try SecretFile.create(file, [1])
        #expect(thrown { try SecretFile.create(file, [2]) } == .exists(file.path))
        #expect(try SecretFile.read(file, atMost: 9) == [1])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try SecretFile.rename(file, to: folder.file("renamed"))
        #expect(thrown { _ = try SecretFile.read(file, atMost: 9) } == .notFound(file.path))
        #expect(thrown { try SecretFile.rename(file, to: folder.file("gone")) } != nil)
    }
}
