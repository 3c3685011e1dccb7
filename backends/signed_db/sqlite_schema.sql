-- The whole ledger. Indexes are dense from 0; chain(i) covers chain(i-1), i and leaf(i).
CREATE TABLE IF NOT EXISTS entry (
    idx       INTEGER PRIMARY KEY CHECK (idx >= 0),
    leaf      BLOB NOT NULL CHECK (length(leaf) = 32),
    entry     BLOB NOT NULL,
    chain     BLOB NOT NULL CHECK (length(chain) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- Finds an entry by its bytes, so that nothing is recorded twice and nothing is kept in memory.
CREATE UNIQUE INDEX IF NOT EXISTS entry_by_leaf ON entry (leaf);

-- What was handed over so far, duplicates and refusals included; counted in the transaction that took it.
CREATE TABLE IF NOT EXISTS meter (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    handed_over_bytes INTEGER NOT NULL
) STRICT;

INSERT OR IGNORE INTO meter (id, handed_over_bytes) VALUES (1, 0);
