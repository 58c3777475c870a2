// SPDX-License-Identifier: Apache-2.0

import Storage

/// The tables of `ledger.sqlite`. Amounts are exact: JSON texts of `DPAccounting`'s types.
enum Schema {
    static let file = "ledger.sqlite"
    static let lockFolder = "locks"

    /// "DscL" in ASCII.
    static let ledger = DatabaseSchema(applicationID: 0x4473_634C, migrations: [version1, version2, version3])

    /// - `page`: members, some hundred to a row (`MemberPage`); what was in `member` is moved by `Migration3`.
    /// - `mac`: keyed hashes (`Seal.swift`). The indices find the entries of a type (`LogTable.condition`).
    /// - `names`: sums of pseudonyms (`Crowd`), of an account's users and of a run's members.
    private static let version3 = """
        CREATE TABLE page (
            id INTEGER PRIMARY KEY, start BLOB NOT NULL UNIQUE, users BLOB NOT NULL, accounts BLOB NOT NULL
        ) STRICT;
        INSERT INTO page (start, users, accounts) VALUES (zeroblob(16), x'', x'');
        ALTER TABLE account ADD COLUMN names BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
        ALTER TABLE log ADD COLUMN mac BLOB;
        ALTER TABLE rule ADD COLUMN mac BLOB;
        ALTER TABLE tombstone_rule ADD COLUMN mac BLOB;
        CREATE INDEX log_policy ON log (number) WHERE \(LogTable.condition("policy"));
        CREATE INDEX log_erase ON log (number) WHERE \(LogTable.condition("erase"));
        CREATE INDEX log_preference ON log (number) WHERE \(LogTable.condition("preference"));
        ALTER TABLE run ADD COLUMN users INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE run ADD COLUMN names BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
        """

    /// - `rule`: the declared tier and the lower limit of each user who has one; the others have the policy's lifetime.
    /// - `tombstone_rule`: the same of the erased, by the tombstone's hash.
    private static let version2 = """
        CREATE TABLE rule (user BLOB PRIMARY KEY, tier TEXT, epsilon TEXT) STRICT, WITHOUT ROWID;
        CREATE TABLE tombstone_rule (hash BLOB PRIMARY KEY, tier TEXT, epsilon TEXT) STRICT, WITHOUT ROWID;
        """

    /// - `account`: users with one history share one; a tombstone has its own, without users.
    /// - `history`: which runs an account was charged for; numbers of runs ascend in order of reservation.
    /// - `member`: the account of each user who was ever charged (until version 3).
    private static let version1 = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE run (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            request TEXT NOT NULL,
            kind TEXT NOT NULL,
            purpose TEXT NOT NULL,
            day TEXT NOT NULL,
            plan TEXT NOT NULL,
            delta TEXT NOT NULL,
            policy TEXT NOT NULL,
            cohort TEXT NOT NULL,
            planned TEXT NOT NULL,
            charged TEXT NOT NULL,
            steps INTEGER,
            reserved_at INTEGER NOT NULL,
            settled_at INTEGER
        ) STRICT;
        CREATE INDEX run_open ON run (number) WHERE settled_at IS NULL;
        CREATE TABLE account (id INTEGER PRIMARY KEY, users INTEGER NOT NULL, sums TEXT NOT NULL) STRICT;
        CREATE TABLE history (account INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (account, run))
            STRICT, WITHOUT ROWID;
        CREATE INDEX history_run ON history (run);
        CREATE TABLE member (user BLOB PRIMARY KEY, account INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE tombstone (hash BLOB PRIMARY KEY, account INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE log (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, entry BLOB NOT NULL) STRICT;
        CREATE TABLE release (key TEXT PRIMARY KEY, run TEXT NOT NULL, document BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """
}
