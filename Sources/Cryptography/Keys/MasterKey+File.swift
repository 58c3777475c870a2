// SPDX-License-Identifier: Apache-2.0

public import Foundation

extension MasterKey {
    /// The key in `file`: 64 hexadecimal digits and a newline, a regular file that only its owner may touch.
    ///
    /// Links are followed (secrets are often mounted so); what counts is the file that was opened.
    /// - Throws: `.notFound`, `.readableByOthers`, `.notAKeyFile`, `.cannotRead`, each with the path.
    public init(contentsOf file: URL) throws(CryptographyError) {
        var text = try Self.text(of: file)
        defer { ConstantTime.erase(&text) }
        try self.init(text: text, of: file)
    }

    /// What is in `file`, one byte more than a key file has at most, so that a longer file is seen to be none.
    package static func text(of file: URL) throws(CryptographyError) -> [UInt8] {
        try KeyFile.read(file.path, atMost: 2 * Self.length + 2)
    }

    /// The key that `text` of `file` is.
    /// - Throws: `.notAKeyFile` with the path.
    package init(text: [UInt8], of file: URL) throws(CryptographyError) {
        let digits = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
        guard digits.count == 2 * Self.length, let key = Hex.decode(utf8: digits) else {
            throw .notAKeyFile(file.path)
        }
        try self.init(bytes: key)
    }

    /// Writes the key to a new file, 0600, durable when this returns. Missing folders above it are made 0700.
    /// - Throws: `.exists`, `.cannotWrite`, each with the path. No half-written file stays.
    public borrowing func write(to file: URL) throws(CryptographyError) {
        let folder = file.deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .cannotWrite("\(folder.path) (a folder cannot be made there)") }
        // SAFETY: the key's bytes are read while they are lent.
        var text = unsafe withMaster { unsafe Array(Hex.encode($0).utf8) } + [UInt8(ascii: "\n")]
        defer { ConstantTime.erase(&text) }
        try KeyFile.create(file.path, text, in: folder.path)
    }
}
