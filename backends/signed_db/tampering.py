"""What an insider with the database file can do to it, past our code; with the operator's key, Rewrite."""

import sqlite3
from pathlib import Path

from nacl.signing import SigningKey

from backends.ports import Delete, Edit, Tampered, Tampering
from backends.signed_db import chain
from backends.signed_db.database import connect
from backends.signed_db.statements import statements
from consultation.core.merkle import leaf_hash

_SQL = statements()
_BUSY_TIMEOUT_S = 5.0


def tamper(path: Path, origin: str, operator: SigningKey, tampering: Tampering) -> Tampered:
    """Change the rows in one transaction of a connection of its own."""
    connection = connect(path, _BUSY_TIMEOUT_S)
    try:
        connection.execute("BEGIN IMMEDIATE")
        match tampering:
            case Edit(index, entry):
                how = _edit(connection, index, entry)
            case Delete(index):
                how = _delete(connection, index)
            case _:
                how = _rewrite(connection, origin, operator, list(tampering.entries))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        return Tampered(False, f"SQLite refused: {error}")
    finally:
        connection.close()
    return Tampered(True, how)


def _edit(connection: sqlite3.Connection, index: int, entry: bytes) -> str:
    changed = connection.execute(_SQL.tamper_edit, (entry, leaf_hash(entry), index)).rowcount
    if changed != 1:
        raise sqlite3.DataError(f"there is no row {index}")
    return f"UPDATE of row {index}: entry and leaf hash replaced; chain hash and signature left as they were"


def _delete(connection: sqlite3.Connection, index: int) -> str:
    if connection.execute(_SQL.tamper_delete, (index,)).rowcount != 1:
        raise sqlite3.DataError(f"there is no row {index}")
    connection.execute(_SQL.tamper_shift_out, (index,))
    connection.execute(_SQL.tamper_shift_in)
    return f"DELETE of row {index}, later rows moved down by one; chain hashes and signatures as they were"


def _rewrite(connection: sqlite3.Connection, origin: str, operator: SigningKey, entries: list[bytes]) -> str:
    connection.execute(_SQL.tamper_clear)
    last = chain.genesis(origin)
    for index, entry in enumerate(entries):
        leaf = leaf_hash(entry)
        last = chain.link(last, index, leaf)
        signature = operator.sign(chain.row_message(origin, index, last)).signature
        connection.execute(_SQL.insert, (index, leaf, entry, last, signature))
    return f"all rows replaced by {len(entries)} others, chained anew and signed with the operator's key"
