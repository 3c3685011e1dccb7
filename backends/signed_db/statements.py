"""The SQL of this backend, read from the files beside this one, in the dialect of either database."""

import re
from dataclasses import dataclass
from importlib.resources import files

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_NAMED = re.compile(r"^-- name: (\w+)\n(.*?);\n", re.MULTILINE | re.DOTALL)


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
    return _text(f"{dialect}_schema.sql")


def statements(dialect: str) -> Statements:
    """Every statement. Raises TypeError where the file and the fields differ."""
    return Statements(**named(f"{dialect}.sql"))


def named(file: str) -> dict[str, str]:
    """The statements of a file, each after a comment that names it."""
    return dict(_NAMED.findall(_text(file)))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
