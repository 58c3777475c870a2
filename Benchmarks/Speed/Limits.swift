// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation

/// What no ingestion and no cohort can be faster than on this machine, at this hour.
enum Limits {
    private static let place = [UInt8](repeating: 3, count: 30)

    static func countLines(in file: URL) throws {
        let input = try FileHandle(forReadingFrom: file)
        var lines = 0
        while let block = try input.read(upToCount: 1 << 20), !block.isEmpty {
            let bytes = block.span
            for index in bytes.indices where bytes[index] == 0x0A { lines += 1 }
        }
        precondition(lines > 0)
    }

    static func seal(histories: Int) {
        let key = DataKey()
        let plain = [UInt8](repeating: 1, count: 1024 - DataKey.overhead)
        for _ in 0..<histories { precondition(key.seal(plain, associatedData: place).count == 1024) }
    }

    static func open(histories: Int) throws {
        let master = MasterKey()
        let key = DataKey()
        let wrapped = key.wrapped(by: master, associatedData: place)
        let sealed = key.seal([UInt8](repeating: 1, count: 1024 - DataKey.overhead), associatedData: place)
        var plain: [UInt8] = []
        master.whileOpen {
            for _ in 0..<histories {
                let own = DataKey.unwrapping(wrapped.span, by: master, associatedData: place)
                precondition(own?.open(sealed.span, associatedData: place, into: &plain) == 984)
            }
        }
    }
}
