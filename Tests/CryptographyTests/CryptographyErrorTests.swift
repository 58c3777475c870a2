// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cryptography

struct CryptographyErrorTests {
    static let all: [CryptographyError] = [
        .notInitialised, .wrongKeyOrCorrupted, .badLength, .notFound("/k"), .readableByOthers("/k"),
        .notAKeyFile("/k"), .cannotRead("/k"), .cannotWrite("/k"), .exists("/k"), .outOfMemory,
    ]

    @Test("every message is one sentence of what happened and one of what to do", arguments: all)
    func saysWhatToDo(error: CryptographyError) {
        #expect(error.description.contains(": ") && error.description.hasSuffix("."))
        if String(reflecting: error).contains("/k") { #expect(error.description.contains("/k")) }
    }
}
