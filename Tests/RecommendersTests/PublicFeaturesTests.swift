// SPDX-License-Identifier: Apache-2.0

import Interactions
import LinearAlgebra
import Testing

@testable import Recommenders

struct PublicFeaturesTests {
    /// Items with one column of these values.
    private func items(_ values: [[String]], column: String = "x", titles: [String] = []) -> [CatalogueItem] {
        values.enumerated().map { index, own in
            CatalogueItem(
                id: "\(index)", title: titles.isEmpty ? "Item \(index)" : titles[index], features: [column: own])
        }
    }

    private func lengths(_ features: PublicFeatures) -> [Double] {
        (0..<features.matrix.rows).map { features.matrix.row($0).reduce(0) { $0 + $1 * $1 } }
    }

    @Test("ids and titles alone are no features")
    func none() {
        #expect(PublicFeatures([]) == nil)
        #expect(PublicFeatures((0..<9).map { CatalogueItem(id: "\($0)", title: "The title") }) == nil)
        #expect(PublicFeatures(items(.init(repeating: [], count: 9))) == nil)
        #expect(PublicFeatures(items(.init(repeating: [" ", ""], count: 9))) == nil)
    }

    @Test("a column whose values are all different, or all alike, counts as none")
    func allDifferentOrAllAlike() {
        #expect(PublicFeatures(items((0..<50).map { ["https://\($0)"] })) == nil)
        #expect(PublicFeatures(items((0..<50).map { ["\($0).5"] })) == nil)
        #expect(PublicFeatures(items((0..<50).map { ["a\($0)", "b\($0)"] })) == nil)
        #expect(PublicFeatures(items(.init(repeating: ["same"], count: 50))) == nil)
        #expect(
            PublicFeatures(items(.init(repeating: ["b", "a"], count: 25) + .init(repeating: ["a", "b"], count: 25)))
                == nil)
        #expect(PublicFeatures(items(.init(repeating: ["7"], count: 50) + [[]])) == nil)
    }

    @Test("lists have rows of length 1, repeated and missing values are seen through")
    func lists() throws {
        let features = try #require(
            PublicFeatures(items([["a", "b"], [" b ", "b"], [], ["a", "a", "b"], ["c"], ["a"]])))
        // c is one item's alone.
        #expect(features.matrix.columns == 2)
        let half = 0.5.squareRoot()
        // By how many items have a value: a and b three each, then in alphabetical order.
        #expect(features.matrix.row(0) == [half, half] || features.matrix.row(0).allSatisfy { abs($0 - half) < 1e-15 })
        #expect(features.matrix.row(1) == [0, 1])
        #expect(features.matrix.row(2) == [0, 0])
        #expect(features.matrix.row(0) == features.matrix.row(3))
        #expect(features.matrix.row(4) == [0, 0])
        #expect(features.matrix.row(5) == [1, 0])
    }

    @Test("numbers are smooth: near ones are alike, far ones are not, and none is lost")
    func numbers() throws {
        let years = (0..<200).map { ["\(1950 + $0 / 4)"] } + [[], ["-1e9"], ["1e9"]]
        let features = try #require(PublicFeatures(items(years)))
        #expect(features.matrix.columns == NumberBumps.centres)
        for (row, length) in lengths(features).enumerated() { #expect(abs(length - (row == 200 ? 0 : 1)) < 1e-12) }
        func likeness(_ a: Int, _ b: Int) -> Double {
            zip(features.matrix.row(a), features.matrix.row(b)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(likeness(0, 4) > 0.9)
        #expect(likeness(0, 100) < 0.1)
        #expect(likeness(40, 60) > likeness(40, 80))
        #expect(features.matrix.row(201)[0] == 1 && features.matrix.row(202).last == 1)
    }

    @Test("few different numbers are names, and words among numbers make them names")
    func numbersThatAreNames() throws {
        let stars = try #require(PublicFeatures(items((0..<40).map { ["\($0 % 5)"] })))
        #expect(stars.matrix.columns == 5)
        let mixed = try #require(PublicFeatures(items((0..<40).map { [$0 % 20 == 0 ? "n/a" : "\($0 % 20)"] })))
        #expect(mixed.matrix.columns == 20)
        for odd in ["nan", "inf", "1e999"] {
            let features = try #require(PublicFeatures(items((0..<40).map { [$0 % 20 == 0 ? odd : "\($0 % 20)"] })))
            #expect(features.matrix.elements.allSatisfy { $0.isFinite })
        }
    }

    @Test("words of titles count on request alone")
    func titleWords() throws {
        let titles = (0..<60).map { $0 % 6 == 0 ? "The Lost Harbour \($0)" : "The Garden of Number \($0)" }
        let plain = items(.init(repeating: [], count: 60), titles: titles)
        #expect(PublicFeatures(plain) == nil)
        let features = try #require(PublicFeatures(plain, titleWords: true))
        // "the" and "garden", "number" are most items' words, numbers one item's: lost and harbour are left.
        #expect(features.matrix.columns == 2)
        #expect(features.matrix.row(0).allSatisfy { $0 > 0.7 } && features.matrix.row(1) == [0, 0])
    }

    @Test("many columns are taken up to a bound, and the order of the catalogue's columns is their name's")
    func manyColumns() throws {
        let wide = (0..<300).map { index in
            CatalogueItem(
                id: "\(index)",
                features: Dictionary(uniqueKeysWithValues: (0..<10).map { ("c\($0)", ["\((index + $0) % 100)x"]) }))
        }
        let features = try #require(PublicFeatures(wide))
        #expect(features.matrix.columns == 500)
    }
}
