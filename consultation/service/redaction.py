"""Striking erased words from the tables that the service keeps: a row stays, its words go.

A row of several near-identical texts shows one of them; where that one was erased, and nobody else's opinion
that stands has the very same words, the row's words go with it. The event 'redacted' has the digests of the
tables as they are then, since those on the ledger are of the tables as they were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from consultation.core import summary, summary_file
from consultation.core.drafts import Opinion
from consultation.core.events import Redacted
from consultation.core.summary import Row, State, Summary
from consultation.service import schema
from consultation.service.origin import ANYBODY, Origin, origins
from consultation.service.reader import Kept, Reader
from consultation.service.schema import ACTIVE
from consultation.service.store import Changes, Store
from consultation.service.store import Row as Stored

Words = tuple[str, ...]
"""Provision, stance, audience, organisation, text, proposal, reason."""


class TableRedaction:
    """Follows `erasure.Redact` for the tables that are fixed and the one that is published."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._store, self._reader = store, reader

    def __call__(self, consultation: str, gone: Sequence[Kept], changes: Changes) -> None:
        kept = self._store.row(schema.CONSULTATIONS, id=consultation) or {}
        if not kept.get("summary"):
            return
        words = self._theirs_alone(consultation, gone)
        if not words:
            return
        for column in ("summary", "responded"):
            if kept[column]:
                values = {column: strike(str(kept[column]), words)}
                changes.update(schema.CONSULTATIONS, {"id": consultation}, values)
        edition = int(str(kept["edition"]))
        where: Stored = {"consultation": consultation, "edition": edition}
        row = self._store.row(schema.EDITIONS, **where)
        if row is not None:
            changes.update(schema.EDITIONS, where, {"responded": strike(str(row["responded"]), words)})

    def event(self, consultation: str) -> Redacted | None:
        """What the tables are now, as digests; None where there is none yet."""
        kept = self._store.row(schema.CONSULTATIONS, id=consultation) or {}
        tables = [str(kept.get(column) or "") for column in ("summary", "responded")]
        if not tables[0]:
            return None
        return Redacted(*(summary_file.decode(text.encode()).digest() if text else "" for text in tables))

    def _theirs_alone(self, consultation: str, gone: Sequence[Kept]) -> set[Words]:
        """What nobody says any more once these are gone; an opinion without words has none to strike."""
        found = origins(self._store, consultation)
        standing = [one for one in gone if one.status == ACTIVE and _has_words(one.opinion)]
        words = {_said(one.opinion, found.get(one.id, ANYBODY)) for one in standing}
        ids = {one.id for one in gone}
        for provision in {one.opinion.provision for one in standing}:
            rows = self._store.each(
                schema.OPINIONS, consultation=consultation, status=ACTIVE, provision=provision
            )
            others = (self._reader.read(row) for row in rows if row["id"] not in ids)
            words -= {_said(one.opinion, found.get(one.id, ANYBODY)) for one in others if not one.erased}
        return words


def strike(table: str, words: Iterable[Words]) -> str:
    """The table without these words, its rows in the order of their content again; canonical JSON."""
    found, gone = summary_file.decode(table.encode()), set(words)
    rows = (_struck(row) if _shown(row) in gone else row for row in found.rows)
    struck: Summary = summary.arrange(found.header, found.provisions, rows)
    return struck.encode().decode()


def _struck(row: Row) -> Row:
    return replace(row, text="", proposal="", reason="", state=State.WITHDRAWN)


def _shown(row: Row) -> Words:
    said = (row.text, row.proposal, row.reason) if row.state in (State.SHOWN, State.MERGED) else ()
    return (row.provision, row.stance.value, row.audience.value, row.organisation, *said)


def _said(opinion: Opinion, origin: Origin) -> Words:
    said = (opinion.text, opinion.proposal, opinion.reason)
    return (opinion.provision, opinion.stance.value, origin.audience.value, origin.organisation, *said)


def _has_words(opinion: Opinion) -> bool:
    return any((opinion.text, opinion.proposal, opinion.reason))
