// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions

/// Synthetic data with structure worth learning, for a first try and for tests.
public enum Sample {
    /// Writes `items.csv`, `events.csv` and `test.csv` into the folder; the same seed gives the same bytes.
    /// - Throws: `.usage` for sizes out of range, `.exists` if one of the files is there, `.io`.
    public static func write(users: Int, items: Int, seed: UInt64, to folder: String) throws(DiscreetError)
        -> SampleReport
    {
        try facade {
            let data = try SyntheticData.generate(users: users, items: items, seed: seed)
            let target = URL(fileURLWithPath: folder, isDirectory: true)
            for file in data.files
            where FileManager.default.fileExists(atPath: target.appendingPathComponent(file.name).path) {
                throw DiscreetError(
                    .exists, "The file exists (\(target.appendingPathComponent(file.name).path))",
                    hint: "Choose another folder with -o.")
            }
            do {
                try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
                try data.write(to: target)
            } catch {
                throw DiscreetError(.io, "Cannot write (\(target.path))", hint: "Check the folder and the disk.")
            }
            return SampleReport(users: users, items: items, events: data.events.count)
        }
    }
}
