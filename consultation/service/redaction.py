"""Striking erased words from the tables that the service keeps: the row stays, its words say 'đã xoá'.

The digests that the ledger holds are of the tables as they were published, and those do not change.
"""

import json
from collections.abc import Sequence

from consultation.core import canonical
from consultation.core.drafts import Opinion
from consultation.service import schema
from consultation.service.reader import ERASED_TEXT, Kept
from consultation.service.schema import ACTIVE
from consultation.service.store import Changes, Store

_Said = dict[str, str]


class TableRedaction:
    """Follows `erasure.Redact` for the table of opinions and the one with responses."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, consultation: str, gone: Sequence[Kept], changes: Changes) -> None:
        kept = self._store.row(schema.CONSULTATIONS, id=consultation) or {}
        words = [_said(one.opinion) for one in gone if one.status == ACTIVE]
        for column in ("summary", "responded"):
            if kept.get(column) and words:
                values = {column: strike(str(kept[column]), words)}
                changes.update(schema.CONSULTATIONS, {"id": consultation}, values)


def strike(table: str, words: Sequence[_Said]) -> str:
    """The table with one row struck for each of `words`; rows in the order of their content again."""
    summary = json.loads(table)
    rows: list[_Said] = summary["rows"]
    for said in words:
        if said in rows:
            rows[rows.index(said)] = {**said, "text": ERASED_TEXT, "proposal": "", "reason": ""}
    return canonical.encode({**summary, "rows": sorted(rows, key=canonical.encode)}).decode()


def _said(opinion: Opinion) -> _Said:
    return {
        "provision": opinion.provision,
        "stance": opinion.stance.value,
        "text": opinion.text,
        "proposal": opinion.proposal,
        "reason": opinion.reason,
    }
