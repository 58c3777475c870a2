// SPDX-License-Identifier: Apache-2.0

/// Invented films: a cluster each, genres that tell of it, a year, a title.
struct SyntheticCatalogue: Sendable {
    let items: [CatalogueItem]
    /// Per cluster its items, the most popular first.
    let clusters: [[UInt32]]

    static let genres = [
        "Drama", "Comedy", "Science Fiction", "Crime", "Romance", "Adventure", "Mystery", "Documentary", "Fantasy",
        "Western",
        "Musical", "Horror",
    ]
    private static let adjectives = [
        "Silent", "Golden", "Distant", "Broken", "Hidden", "Crimson", "Last", "Electric", "Gentle", "Frozen", "Endless",
        "Hollow", "Burning", "Secret", "Wandering", "Paper", "Northern", "Lonely", "Velvet", "Restless", "Quiet",
        "Second",
        "Iron", "Borrowed",
    ]
    private static let nouns = [
        "Harbour", "Garden", "Signal", "Orchard", "Empire", "Winter", "Letter", "River", "Horizon", "Mirror", "Lantern",
        "Station", "Island", "Promise", "Machine", "Cathedral", "Voyage", "Summer", "Witness", "Carousel", "Mountain",
        "Tide", "Archive", "Stranger", "Compass",
    ]

    /// From 2 clusters for the smallest catalogues to one for each genre.
    static func clusterCount(items: Int) -> Int { min(genres.count, max(2, items / 40)) }

    init(count: Int, stream: inout SyntheticStream) {
        let clusterCount = Self.clusterCount(items: count)
        var clusters = [[UInt32]](repeating: [], count: clusterCount)
        var used: [String: Int] = [:]
        let width = String(count).count
        items = (0..<count).map { position in
            // The first of each cluster come in turn, so that none is empty; the order within a cluster is its popularity.
            let cluster = position < clusterCount ? position : stream.index(below: clusterCount)
            clusters[cluster].append(UInt32(position))
            var genres = [Self.genres[cluster]]
            if stream.chance(0.35) {
                let other = Self.genres[stream.index(below: Self.genres.count)]
                if other != genres[0] { genres.append(other) }
            }
            let year = 1950 + 6 * cluster + stream.index(below: 75 - 6 * cluster)
            let number = String(position + 1)
            let id = "item-" + String(repeating: "0", count: width - number.count) + number
            return CatalogueItem(
                id: id, title: Self.title(&stream, &used), features: ["genres": genres, "year": [String(year)]])
        }
        self.clusters = clusters.map { Self.shuffled($0, &stream) }
    }

    private static func title(_ stream: inout SyntheticStream, _ used: inout [String: Int]) -> String {
        let adjective = adjectives[stream.index(below: adjectives.count)]
        let noun = nouns[stream.index(below: nouns.count)]
        let name =
            switch stream.index(below: 4) {
            case 0: "\(adjective) \(noun)"
            case 1: "A \(noun) for the \(adjective)"
            case 2: "\(noun) of the \(adjective) \(nouns[stream.index(below: nouns.count)])"
            default: "The \(adjective) \(noun)"
            }
        used[name, default: 0] += 1
        let part = used[name] ?? 1
        return part == 1 ? name : "\(name), Part \(part)"
    }

    /// Fisher–Yates.
    private static func shuffled(_ values: [UInt32], _ stream: inout SyntheticStream) -> [UInt32] {
        var values = values
        for index in values.indices.dropFirst().reversed() { values.swapAt(index, stream.index(below: index + 1)) }
        return values
    }
}
