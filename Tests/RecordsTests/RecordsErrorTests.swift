// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Records

struct RecordsErrorTests {
    static let all: [RecordsError] = [
        .invalidJSON(offset: 3, reason: .tooDeep), .notFinite, .integerTooLarge, .doesNotFit(field: "runs"),
        .notCanonical, .notSignable, .badSignature, .brokenChain(index: 2), .notFound("/a"), .exists("/a"),
        .badArtifact(file: "model.json", reason: "no object"), .inputOutput("/a"),
    ]

    @Test("every message is one sentence of what happened and one of what to do", arguments: all)
    func saysWhatToDo(error: RecordsError) {
        #expect(error.description.contains(": ") && error.description.hasSuffix("."))
    }
}
