"""The SQL of this backend, read from `schema.sql` and `statements.sql` beside this file."""

import re
from dataclasses import dataclass
from importlib.resources import files

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?);\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statements:
    """One statement each, by what it does."""

    tip: str
    index_of: str
    insert: str
    count_bytes: str
    handed_over: str
    page: str
    row: str
    tamper_edit: str
    tamper_delete: str
    tamper_shift_out: str
    tamper_shift_in: str
    tamper_clear: str


def schema() -> str:
    """The tables, safe to run again over an existing file."""
    return _text("schema.sql")


def statements() -> Statements:
    """Every statement. Raises TypeError where the file and the fields differ."""
    return Statements(**dict(_NAMED.findall(_text("statements.sql"))))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
