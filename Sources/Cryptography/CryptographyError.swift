// SPDX-License-Identifier: Apache-2.0

/// Why a cryptographic operation failed. Cases hold paths and public lengths, never bytes of a key or a message.
public enum CryptographyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libsodium could not start.
    case notInitialised
    /// The tag does not fit: another key, other associated data, or changed bytes. Nobody can tell which.
    case wrongKeyOrCorrupted
    /// A key, seed, salt or sealed box has a length that the format does not allow.
    case badLength
    /// There is no file at this path.
    case notFound(String)
    /// The key file may be read or written by others than its owner.
    case readableByOthers(String)
    /// The file holds something else than 64 hexadecimal digits.
    case notAKeyFile(String)
    /// Reading failed; path and reason.
    case cannotRead(String)
    /// Writing failed; path and reason.
    case cannotWrite(String)
    /// Something is at this path already; it is left as it is.
    case exists(String)
    /// The system has too little memory for the passphrase's key (256 MiB) or for guarded memory.
    case outOfMemory

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .notInitialised: "libsodium could not start: check that libsodium 1.0.18 or later is installed."
        case .wrongKeyOrCorrupted: "A sealed record does not open: check the key file, then restore the record."
        case .badLength: "A key, seed, salt or sealed record has the wrong length: it was cut or is none of ours."
        case .notFound(let path): "No key file at \(path): name it with --key-file or DISCREET_KEY_FILE."
        case .readableByOthers(let path): "Others may read the key file \(path): run chmod 600 \(path), owned by you."
        case .notAKeyFile(let path): "\(path) is no key file (64 hexadecimal digits): name another, or restore it."
        case .cannotRead(let what): "Cannot read \(what): make it a regular file that you may read."
        case .cannotWrite(let what): "Cannot write \(what): choose a folder that you may write to, with free space."
        case .exists(let path): "\(path) exists and was left as it is: choose another path, or move it away."
        case .outOfMemory: "Too little memory for a key: free 256 MiB or raise the limit of locked memory."
        }
    }
}
