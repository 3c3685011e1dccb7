-- The whole ledger, in a schema of its own. Indexes are dense from 0; chain(i) covers chain(i-1), i and leaf(i).
CREATE TABLE IF NOT EXISTS entry (
    idx       int8 PRIMARY KEY CHECK (idx >= 0),
    leaf      bytea NOT NULL CHECK (length(leaf) = 32),
    entry     bytea NOT NULL,
    chain     bytea NOT NULL CHECK (length(chain) = 32),
    signature bytea NOT NULL CHECK (length(signature) = 64)
);

-- Finds an entry by its bytes, so that nothing is recorded twice and nothing is kept in memory.
CREATE UNIQUE INDEX IF NOT EXISTS entry_by_leaf ON entry (leaf);

-- Hashes and signatures do not compress, and words are short: trying to costs more than it saves.
ALTER TABLE entry ALTER COLUMN entry SET STORAGE EXTERNAL;

-- What was handed over so far, duplicates and refusals included; counted in the transaction that took it.
CREATE TABLE IF NOT EXISTS meter (
    id                int4 PRIMARY KEY CHECK (id = 1),
    handed_over_bytes int8 NOT NULL
);

INSERT INTO meter (id, handed_over_bytes) VALUES (1, 0) ON CONFLICT DO NOTHING;
