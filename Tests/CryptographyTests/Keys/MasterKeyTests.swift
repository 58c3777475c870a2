// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Cryptography

struct MasterKeyTests {
    @Test("a small secret sealed under the master key opens there and nowhere else")
    func sealsSecrets() throws {
        let master = try MasterKey(bytes: sequence(32))
        let sealed = master.seal(text("seed"), associatedData: text("signing"))
        #expect(try MasterKey(bytes: sequence(32)).open(sealed, associatedData: text("signing")) == text("seed"))
        #expect(thrown { _ = try master.open(sealed, associatedData: text("pseudonym")) } == .wrongKeyOrCorrupted)
        #expect(
            thrown { _ = try MasterKey().open(sealed, associatedData: text("signing")) } == .wrongKeyOrCorrupted)
        #expect(thrown { _ = try master.open([], associatedData: []) } == .wrongKeyOrCorrupted)
    }

    @Test("the wrapping key is the documented one: crypto_kdf, context \"wrapping\", id 1")
    func wrapsUnderTheDocumentedKey() throws {
        let master = try MasterKey(bytes: sequence(32))
        let key = try DataKey(bytes: sequence(32, from: 90))
        let wrapped = key.wrapped(by: master, associatedData: text("ad"))
        let derived = newBytes(32) {
            KeyDerivation.derive(from: sequence(32), context: "wrapping", id: 1, into: $0, count: 32)
        }
        #expect(try DataKey(bytes: derived).open(wrapped, associatedData: text("ad")) == sequence(32, from: 90))
    }

    @Test("keys of other lengths are refused", arguments: [0, 1, 16, 31, 33, 64])
    func refusesOtherLengths(count: Int) {
        #expect(thrown { _ = try MasterKey(bytes: sequence(count)) } == .badLength)
        #expect(thrown { _ = try DataKey(bytes: sequence(count)) } == .badLength)
    }

    @Test("subkeys follow from master and name, and differ with either")
    func derivesSubkeys() throws {
        let master = try MasterKey(bytes: sequence(32))
        let digest = master.subkey("pseudonym").hash(text("user-42"))
        #expect(try MasterKey(bytes: sequence(32)).subkey("pseudonym").hash(text("user-42")) == digest)
        #expect(master.subkey("tombstone").hash(text("user-42")) != digest)
        #expect(master.subkey("").hash(text("user-42")) != digest)
        #expect(try MasterKey(bytes: sequence(32, from: 1)).subkey("pseudonym").hash(text("user-42")) != digest)
    }

    @Test("many threads use one key at once, the page opening and closing under them")
    func isUsedConcurrently() throws {
        final class Holder: Sendable {
            let master = MasterKey()
        }
        let holder = Holder()
        let ad = text("ad")
        let wrapped = (0..<16).map { _ in DataKey().wrapped(by: holder.master, associatedData: ad) }
        let failures = Counter()
        DispatchQueue.concurrentPerform(iterations: 8) { worker in
            for round in 0..<400 {
                let isFine =
                    round % 3 == 0
                    ? holder.master.whileOpen { unwraps(wrapped[(worker + round) % 16], by: holder.master, ad) }
                    : unwraps(wrapped[(worker + round) % 16], by: holder.master, ad)
                if !isFine { failures.add(1) }
            }
        }
        #expect(failures.value == 0)
    }

    @Test("a passphrase gives Argon2id's moderate key; another salt another key")
    func derivesFromPassphrase() throws {
        let salt = sequence(16)
        let expected = try #require(
            KeyDerivation.argon2id(
                text("correct horse"), salt: salt, operations: 3, memory: 256 << 20, count: 32))
        let box = try MasterKey(bytes: expected).seal(text("x"), associatedData: [])
        let master = try MasterKey(passphrase: text("correct horse"), salt: salt)
        #expect(try master.open(box, associatedData: []) == text("x"))
        let other = try MasterKey(passphrase: text("correct horse"), salt: sequence(16, from: 1))
        #expect(thrown { _ = try other.open(box, associatedData: []) } == .wrongKeyOrCorrupted)
    }

    @Test("an empty passphrase and a salt of another length are refused")
    func refusesBadPassphrase() {
        #expect(thrown { _ = try MasterKey(passphrase: [], salt: sequence(16)) } == .badLength)
        for count in [0, 15, 17, 32] {
            #expect(thrown { _ = try MasterKey(passphrase: text("p"), salt: sequence(count)) } == .badLength)
        }
    }
}
