"""Striking erased words from the tables that the service keeps: a row stays, its words go.

A row of several near-identical texts shows one of them; where that one was erased, the row's words go with
it. The event 'redacted' has the digests of the tables as they are then, since those on the ledger are of the
tables as they were.
"""

from collections.abc import Sequence
from dataclasses import replace

from consultation.core import summary, summary_file
from consultation.core.drafts import Opinion
from consultation.core.events import Redacted
from consultation.core.summary import Row, State, Summary
from consultation.service import schema
from consultation.service.reader import Kept
from consultation.service.schema import ACTIVE
from consultation.service.store import Changes, Store


class TableRedaction:
    """Follows `erasure.Redact` for the table of opinions and the one with responses."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, consultation: str, gone: Sequence[Kept], changes: Changes) -> None:
        kept = self._store.row(schema.CONSULTATIONS, id=consultation) or {}
        words = {_said(one.opinion) for one in gone if one.status == ACTIVE}
        for column in ("summary", "responded"):
            if kept.get(column) and words:
                table = strike(summary_file.decode(str(kept[column]).encode()), words)
                values = {column: table.encode().decode()}
                changes.update(schema.CONSULTATIONS, {"id": consultation}, values)

    def event(self, consultation: str) -> Redacted | None:
        """What the tables are now, as digests; None where there is none yet."""
        kept = self._store.row(schema.CONSULTATIONS, id=consultation) or {}
        tables = [str(kept.get(column) or "") for column in ("summary", "responded")]
        if not tables[0]:
            return None
        return Redacted(*(summary_file.decode(text.encode()).digest() if text else "" for text in tables))


Words = tuple[str, str, str, str, str]


def strike(table: Summary, words: set[Words]) -> Summary:
    """The table without these words, its rows in the order of their content again."""
    return summary.arrange(
        table.header,
        table.provisions,
        (_struck(row) if _shown(row) in words else row for row in table.rows),
    )


def _struck(row: Row) -> Row:
    return replace(row, text="", proposal="", reason="", state=State.WITHDRAWN, moderation=None)


def _shown(row: Row) -> Words:
    return row.provision, row.stance.value, row.text, row.proposal, row.reason


def _said(opinion: Opinion) -> Words:
    return opinion.provision, opinion.stance.value, opinion.text, opinion.proposal, opinion.reason
