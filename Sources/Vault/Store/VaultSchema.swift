// SPDX-License-Identifier: Apache-2.0

import Storage

/// The two files of the vault, as `docs/formats.md` describes them.
enum VaultSchema {
    static let vaultFile = "vault.sqlite"
    static let keysFile = "keys.sqlite"

    /// "DCRv": sealed histories, the catalogue, preferences and erasure marks.
    static let vault = DatabaseSchema(
        applicationID: 0x4443_5276,
        migrations: [
            """
            CREATE TABLE vault (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                directory TEXT NOT NULL,
                public_data INTEGER NOT NULL,
                public_key BLOB NOT NULL,
                secrets BLOB NOT NULL,
                changes INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE items (
                position INTEGER PRIMARY KEY,
                id BLOB NOT NULL UNIQUE,
                title BLOB NOT NULL,
                features BLOB NOT NULL
            ) STRICT;
            CREATE TABLE heads (
                pseudonym BLOB PRIMARY KEY NOT NULL,
                sealed BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE segments (
                pseudonym BLOB NOT NULL,
                number INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (pseudonym, number)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE preferences (
                pseudonym BLOB NOT NULL,
                purpose TEXT NOT NULL,
                preference TEXT NOT NULL,
                PRIMARY KEY (pseudonym, purpose)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE marks (
                tombstone BLOB PRIMARY KEY NOT NULL,
                state INTEGER NOT NULL,
                pseudonym BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            """,
            // Time and proof of a consent, sealed; none of a word given by hand.
            "ALTER TABLE preferences ADD COLUMN evidence BLOB",
            // Keyed hashes of the words, filled in at the first open, when the key is in hand (`Words`).
            """
            ALTER TABLE preferences ADD COLUMN mac BLOB;
            ALTER TABLE vault ADD COLUMN words BLOB;
            """,
        ])

    /// "DCRk": wrapped data keys, nothing else.
    static let keys = DatabaseSchema(
        applicationID: 0x4443_526B,
        migrations: [
            """
            CREATE TABLE keys (
                pseudonym BLOB PRIMARY KEY NOT NULL,
                wrapped BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            """
        ])
}
