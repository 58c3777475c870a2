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
            // The newest events lie in the head. Nothing of the tables changes; a program that would overlook them has to refuse.
            "SELECT 1",
            // Keyed hashes of the words, filled in at the first open, when the key is in hand (`Words`).
            """
            ALTER TABLE preferences ADD COLUMN mac BLOB;
            ALTER TABLE vault ADD COLUMN words BLOB;
            """,
            // What members of streams of counts counted for, each under the member's own key; how many periods it knows of, and how
            // many the ledger had when it was last told.
            """
            CREATE TABLE stream_parts (
                pseudonym BLOB NOT NULL,
                stream BLOB NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (pseudonym, stream)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE streams (
                stream BLOB PRIMARY KEY NOT NULL,
                closed INTEGER NOT NULL,
                released INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            """,
            // Columns without a role that the policy keeps.
            """
            CREATE TABLE kept (
                pseudonym BLOB NOT NULL,
                number INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (pseudonym, number)
            ) STRICT, WITHOUT ROWID;
            """,
            // Events of items that the catalogue does not have; of how many of its items none is left there; the newest run whose
            // discovered items the catalogue has.
            """
            CREATE TABLE pending (
                pseudonym BLOB NOT NULL,
                number INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (pseudonym, number)
            ) STRICT, WITHOUT ROWID;
            ALTER TABLE vault ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE vault ADD COLUMN discovered TEXT;
            """,
        ],
        // Seven records of 1 KiB to a page; of 4096 bytes each would take one.
        pageSize: 8192)

    /// "DCRk": wrapped data keys, and which master keys wrap them.
    static let keys = DatabaseSchema(
        applicationID: 0x4443_526B,
        migrations: [
            """
            CREATE TABLE keys (
                pseudonym BLOB PRIMARY KEY NOT NULL,
                wrapped BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            """,
            // Fingerprints; the row of an older file is written at its first open, when the key is in hand.
            """
            CREATE TABLE master (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                current BLOB NOT NULL,
                next BLOB,
                retiring BLOB,
                rotation BLOB
            ) STRICT;
            """,
        ])
}
