"""What an insider with the database can do to it, past our code; with the operator's key, Rewrite."""

from nacl.signing import SigningKey

from backends.ports import Delete, Edit, Tampered, Tampering
from backends.signed_db import chain
from backends.signed_db.database import Database, Row, Transaction
from backends.signed_db.statements import Statements
from consultation.core.errors import LedgerError
from consultation.core.merkle import leaf_hash


class _NoSuchRow(Exception):
    """There is nothing at the index to be changed."""


def tamper(database: Database, origin: str, operator: SigningKey, tampering: Tampering) -> Tampered:
    """Change the rows in one transaction of a connection of its own."""
    try:
        with database.writing() as transaction:
            match tampering:
                case Edit(index, entry):
                    how = _edit(transaction, database.sql, index, entry)
                case Delete(index):
                    how = _delete(transaction, database.sql, index)
                case _:
                    how = _rewrite(transaction, database.sql, origin, operator, list(tampering.entries))
    except _NoSuchRow as error:
        return Tampered(False, str(error))
    except LedgerError as error:
        return Tampered(False, f"the database refused: {error}")
    return Tampered(True, how)


def _edit(transaction: Transaction, sql: Statements, index: int, entry: bytes) -> str:
    if transaction.change(sql.tamper_edit, (entry, leaf_hash(entry), index)) != 1:
        raise _NoSuchRow(f"there is no row {index}")
    return f"UPDATE of row {index}: entry and leaf hash replaced; chain hash and signature left as they were"


def _delete(transaction: Transaction, sql: Statements, index: int) -> str:
    if transaction.change(sql.tamper_delete, (index,)) != 1:
        raise _NoSuchRow(f"there is no row {index}")
    transaction.change(sql.tamper_shift_out, (index,))
    transaction.change(sql.tamper_shift_in, ())
    return f"DELETE of row {index}, later rows moved down by one; chain hashes and signatures as they were"


def _rewrite(
    transaction: Transaction, sql: Statements, origin: str, operator: SigningKey, entries: list[bytes]
) -> str:
    transaction.change(sql.tamper_clear, ())
    signer, last = chain.Signer(origin, operator), chain.genesis(origin)
    rows: list[Row] = []
    for index, entry in enumerate(entries):
        leaf = leaf_hash(entry)
        last = chain.link(last, index, leaf)
        rows.append((index, leaf, entry, last, signer.sign(index, last)))
    transaction.insert(rows, 0)
    return f"all rows replaced by {len(entries)} others, chained anew and signed with the operator's key"
