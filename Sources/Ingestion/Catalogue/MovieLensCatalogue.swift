// SPDX-License-Identifier: Apache-2.0

import Interactions

/// MovieLens' own layouts: `u.item` (bars, 19 genre flags) and `movies.dat` (`::`).
///
/// - SeeAlso: the README files of MovieLens 100K, 1M and 10M, grouplens.org.
enum MovieLensCatalogue {
    /// id | title | release date | video date | URL | 19 flags
    case uItem
    /// id :: title (year) :: genre|genre
    case moviesDat

    /// In the order of the flags, as `u.genre` has them.
    static let genres = [
        "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama",
        "Fantasy",
        "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
    ]

    /// By the first line; nil if it looks like a table with a header. Sets how `records` tells cells apart.
    init?(_ records: inout RecordReader) throws(IngestionError) {
        let line = try records.peekLine()
        if line.count(where: { $0 == UInt8(ascii: "|") }) == 4 + Self.genres.count {
            records.use(.bar)
            self = .uItem
        } else if line.indices.dropLast().contains(where: { line[$0] == 0x3A && line[$0 + 1] == 0x3A }) {
            records.use(.doubleColon)
            self = .moviesDat
        } else {
            return nil
        }
    }

    var width: Int { self == .uItem ? 5 + Self.genres.count : 3 }

    func item(_ row: CatalogueRow) -> CatalogueItem? {
        let cells = row.cells
        guard let id = TextParsing.string(cells[0]) else { return nil }
        var item = CatalogueItem(id: id, title: TextParsing.latin1String(cells[1]))
        var genres: [String]
        switch self {
        case .uItem:
            genres = Self.genres.indices.filter { cells[5 + $0] == [UInt8(ascii: "1")] }.map { Self.genres[$0] }
        case .moviesDat: genres = CatalogueCell.list(TextParsing.latin1String(cells[2]))
        }
        genres.removeAll { $0 == "(no genres listed)" }
        if !genres.isEmpty { item.features["genres"] = genres }
        let year = self == .uItem ? Self.year(endOf: cells[2]) : Self.year(inBrackets: cells[1])
        if let year { item.features["year"] = [year] }
        return item
    }

    /// The year of `01-Jan-1995`.
    private static func year(endOf date: [UInt8]) -> String? { digits(date.suffix(4)) }

    /// The year of `Toy Story (1995)`.
    private static func year(inBrackets title: [UInt8]) -> String? {
        guard title.last == UInt8(ascii: ")"), title.count > 6 else { return nil }
        return digits(title.dropLast().suffix(4))
    }

    private static func digits(_ bytes: some Collection<UInt8>) -> String? {
        guard bytes.count == 4, bytes.allSatisfy({ DecimalParsing.digit($0) != nil }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
