// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

/// How a command answers.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print exactly one JSON document on standard output.")
    var json = false

    /// Prints `report` as JSON, or for people as `lines` says.
    func show(_ report: some Encodable, _ lines: (inout Page) -> Void) throws {
        if json { return try StandardOutput.write(JSONDocument.bytes(of: report)) }
        var page = Page(style: Terminal.style)
        lines(&page)
        try StandardOutput.write(page.text)
    }
}

/// What every command on a data directory takes.
struct GlobalOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The data directory.", valueName: "dir"), completion: .directory)
    var data: String?

    @Option(name: .long, help: ArgumentHelp("The master key's file.", valueName: "file"), completion: .file())
    var keyFile: String?

    @Option(
        name: .long, help: ArgumentHelp("A file with the passphrase that the key comes from.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if keyFile != nil && passphraseFile != nil {
            throw ValidationError("--key-file and --passphrase-file exclude each other")
        }
    }

    /// The directory and key that these options and the environment name.
    var location: DataLocation { location(keyCommand: nil) }

    /// The same for a directory that is to be made, whose key a KMS wraps.
    func location(keyCommand: String?) -> DataLocation {
        DataLocation(
            data: data, keyFile: keyFile, passphraseFile: passphraseFile, keyCommand: keyCommand,
            environment: ProcessInfo.processInfo.environment)
    }

    /// The place that `path` names, if it is not in the data directory.
    /// - Throws: `DiscreetError` of code `usage` for one inside, whether by its own path or through symbolic links.
    /// - Parameter isNewFolder: Whether a folder of that name is to be made: whoever makes it says if there is one.
    func outside(_ path: String, what: String, isNewFolder: Bool = false) throws -> URL {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent().resolvingSymlinksInPath().pathComponents
        if folder.starts(with: location.directory.resolvingSymlinksInPath().pathComponents) {
            throw DiscreetError(
                .usage, "\(what) may not lie in the data directory (\(DisplayText.escaped(path)))",
                hint: "Name a file elsewhere")
        }
        if !isNewFolder { try FileOutput.check(path) }
        return target
    }

    func openEngine() throws -> Engine { try Engine(opening: location) }
}
