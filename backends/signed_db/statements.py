"""The SQL of this backend, read from the files beside this one, in the dialect of either database."""

from dataclasses import dataclass

from backends.named_sql import named, text_of

SQLITE = "sqlite"
POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Statements:
    """One statement each, by what it does."""

    tip: str
    indexes_of: str
    insert: str
    count_bytes: str
    handed_over: str
    page: str
    leaves: str
    row: str
    tamper_edit: str
    tamper_delete: str
    tamper_shift_out: str
    tamper_shift_in: str
    tamper_clear: str


def schema(dialect: str) -> str:
    """The tables, safe to run again where they are."""
    return text_of(__package__, f"{dialect}_schema.sql")


def statements(dialect: str) -> Statements:
    """Every statement. Raises TypeError where the file and the fields differ."""
    return Statements(**named(__package__, f"{dialect}.sql"))
