// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cryptography

struct DataKeyTests {
    let ad = text("pseudonym 7, segment 0, schema 1")

    @Test(
        "what is sealed opens, for every size around block and page boundaries",
        arguments: [
            0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 4095, 4096, 4097, 65_536, 100_003,
        ])
    func roundTrips(size: Int) throws {
        let key = DataKey()
        let plaintext = sequence(size, from: 5)
        let sealed = key.seal(plaintext, associatedData: ad)
        #expect(sealed.count == size + DataKey.overhead)
        #expect(try key.open(sealed, associatedData: ad) == plaintext)
        // A slice of a larger buffer and a collection without storage open as well.
        #expect(try key.open(([0] + sealed).dropFirst(), associatedData: ad) == plaintext)
        #expect(
            try key.open(Array(sealed.reversed()).reversed() as ReversedCollection, associatedData: ad) == plaintext)
    }

    @Test("every flipped bit is noticed: nonce, ciphertext, tag")
    func noticesEveryFlippedBit() {
        let key = DataKey()
        let sealed = key.seal(text("thirty-three bytes of plaintext.."), associatedData: ad)
        for bit in 0..<8 * sealed.count {
            var forged = sealed
            forged[bit / 8] ^= 1 << (bit % 8)
            #expect(opens(key, forged, ad) == false, "bit \(bit)")
        }
    }

    @Test("every truncation and every added byte is noticed")
    func noticesOtherLengths() {
        let key = DataKey()
        let sealed = key.seal(sequence(20), associatedData: ad)
        for count in 0..<sealed.count { #expect(opens(key, Array(sealed.prefix(count)), ad) == false) }
        for count in 1..<sealed.count { #expect(opens(key, Array(sealed.dropFirst(count)), ad) == false) }
        #expect(opens(key, sealed + [0], ad) == false)
        #expect(opens(key, [0] + sealed, ad) == false)
        #expect(opens(key, sealed + sealed, ad) == false)
    }

    @Test("an empty message is sealed too: its box does not open when changed or moved")
    func sealsNothing() throws {
        let key = DataKey()
        let sealed = key.seal([], associatedData: ad)
        #expect(try key.open(sealed, associatedData: ad) == [])
        #expect(opens(key, sealed, []) == false)
        #expect(opens(key, [UInt8](repeating: 0, count: DataKey.overhead), ad) == false)
        var forged = sealed
        forged[39] ^= 1
        #expect(opens(key, forged, ad) == false)
    }

    @Test("other associated data does not open, nor does a part of it moved into the message")
    func bindsAssociatedData() {
        let key = DataKey()
        let sealed = key.seal(text("message"), associatedData: ad)
        #expect(opens(key, sealed, []) == false)
        #expect(opens(key, sealed, ad + [0]) == false)
        #expect(opens(key, sealed, Array(ad.dropLast())) == false)
        #expect(opens(key, key.seal(text("bc"), associatedData: text("a")), text("ab")) == false)
    }

    @Test("another key does not open")
    func bindsTheKey() {
        #expect(opens(DataKey(), DataKey().seal(text("message"), associatedData: ad), ad) == false)
    }

    @Test("twenty thousand seals use as many nonces, from eight tasks at once")
    func nonceIsNeverReused() async {
        let perTask = 2500
        let nonces = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let key = DataKey()
                    return (0..<perTask).map { _ in Array(key.seal([], associatedData: []).prefix(24)) }
                }
            }
            return await group.reduce(into: Set<[UInt8]>()) { $0.formUnion($1) }
        }
        #expect(nonces.count == 8 * perTask)
    }

    @Test("a wrapped key has 72 bytes, opens under its master and opens what it sealed")
    func wraps() throws {
        let master = MasterKey()
        let key = DataKey()
        let sealed = key.seal(text("message"), associatedData: ad)
        let wrapped = key.wrapped(by: master, associatedData: ad)
        #expect(wrapped.count == DataKey.wrappedLength && DataKey.wrappedLength == 72)
        #expect(key.wrapped(by: master, associatedData: ad) != wrapped)
        let again = try DataKey(unwrapping: wrapped, by: master, associatedData: ad)
        #expect(try again.open(sealed, associatedData: ad) == text("message"))
    }

    @Test("a wrapped key does not open under another master, for another user, or with any bit changed")
    func refusesForgedWrapping() {
        let master = MasterKey()
        let wrapped = DataKey().wrapped(by: master, associatedData: ad)
        #expect(unwraps(wrapped, by: master, ad) == true)
        #expect(unwraps(wrapped, by: MasterKey(), ad) == false)
        #expect(unwraps(wrapped, by: master, text("pseudonym 8")) == false)
        for bit in 0..<8 * wrapped.count {
            var forged = wrapped
            forged[bit / 8] ^= 1 << (bit % 8)
            #expect(unwraps(forged, by: master, ad) == false, "bit \(bit)")
        }
        for count in [0, 24, 40, 71, 73] {
            let other = Array((wrapped + [0]).prefix(count))
            #expect(thrown { _ = try DataKey(unwrapping: other, by: master, associatedData: ad) } == .badLength)
        }
    }

    @Test("a box of the sealing key is no wrapped key, though both come from one master")
    func separatesRoles() {
        let master = MasterKey()
        let secret = master.seal(sequence(32), associatedData: ad)
        #expect(secret.count == DataKey.wrappedLength)
        #expect(unwraps(secret, by: master, ad) == false)
        #expect(
            thrown { _ = try master.open(DataKey().wrapped(by: master, associatedData: ad), associatedData: ad) }
                == .wrongKeyOrCorrupted)
    }
}
