"""The bare loop that the signed database is measured against: no port, no look-up, no admission, no locks.

It writes the rows that the store writes, into the same tables, each chained and signed, with one commit on
the disk for each list. Repeated bytes are an error of the unique index and end the loop.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from nacl.bindings import crypto_sign
from nacl.signing import SigningKey

from backends.signed_db import chain
from backends.signed_db.sqlite import connect, prepare_to_write
from backends.signed_db.statements import SQLITE, schema, statements


class BareLoop:
    """A SQLite file with the store's tables and pragmas, and nothing around it."""

    def __init__(self, path: Path, origin: str, operator: SigningKey) -> None:
        self._origin, self._secret = origin, bytes(operator) + bytes(operator.verify_key)
        self._connection = connect(path, 5.0)
        prepare_to_write(self._connection)
        self._connection.executescript(schema(SQLITE))
        sql = statements(SQLITE)
        self._insert = sql.insert
        tip: tuple[int, bytes] | None = self._connection.execute(sql.tip).fetchone()
        self.size, self.last = tip or (0, chain.genesis(origin))

    def append(self, entries: Sequence[bytes]) -> None:
        """One list, one transaction, synced before this returns. Goes on where the file ends."""
        secret, size, last = self._secret, self.size, self.last
        rows = []
        for entry in entries:
            leaf = sha256(b"\0" + entry).digest()
            last = chain.link(last, size, leaf)
            signature = crypto_sign(chain.row_message(self._origin, size, last), secret)[:64]
            rows.append((size, leaf, entry, last, signature))
            size += 1
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._insert, rows)
        self._connection.execute("COMMIT")
        self.size, self.last = size, last

    def rate(self, lists: Sequence[Sequence[bytes]]) -> float:
        """Durable rows a second."""
        begin_s = perf_counter()
        for entries in lists:
            self.append(entries)
        return sum(map(len, lists)) / (perf_counter() - begin_s)

    def close(self) -> None:
        self._connection.close()
