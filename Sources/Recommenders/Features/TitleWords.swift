// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// The words of titles as a list: on request only, since what words say differs from catalogue to catalogue.
enum TitleWords {
    private static let most = 256
    private static let fewestItems = 5
    private static let shortest = 3

    /// Words of three letters or digits and more, in lower case, that five items have and not a fifth of all.
    static func block(_ titles: [String]) -> Matrix<Double>? {
        let words = titles.map { title in
            let all = title.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            return Set(all.filter { $0.count >= shortest }).sorted()
        }
        var holders: [String: Int] = [:]
        for word in words.joined() { holders[word, default: 0] += 1 }
        let telling = holders.filter { $0.value * 5 <= titles.count }
        return ValueColumns.block(words, holders: telling, fewest: fewestItems, most: most)
    }
}
