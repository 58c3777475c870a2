// SPDX-License-Identifier: Apache-2.0

public import Foundation

extension SyntheticData {
    /// `items.csv` (item,title,genres,year), `events.csv` (user,item,value,time) and `test.csv` (user,item), by name.
    public var files: [(name: String, text: String)] {
        var catalogue = "item,title,genres,year\n"
        for item in items {
            let title = item.title.contains(",") ? "\"\(item.title)\"" : item.title
            let genres = (item.features["genres"] ?? []).joined(separator: "|")
            catalogue += "\(item.id),\(title),\(genres),\((item.features["year"] ?? []).joined(separator: "|"))\n"
        }
        var log = "user,item,value,time\n"
        for event in events { log += "\(event.user),\(items[Int(event.item)].id),\(Int(event.value)),\(event.time)\n" }
        var heldOut = "user,item\n"
        for event in test { heldOut += "\(event.user),\(items[Int(event.item)].id)\n" }
        return [("items.csv", catalogue), ("events.csv", log), ("test.csv", heldOut)]
    }

    /// Writes the files into a folder, which is made if need be. Files that are there are replaced.
    /// - Throws: Foundation's error, with the path.
    public func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
        }
    }
}
