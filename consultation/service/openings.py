"""Openings: one field of one commitment, for an auditor who says why; logged before it is shown.

Nobody else gets one, the person least of all: what I may ask for, I may be made to ask for. See decision 4.
"""

from collections.abc import Mapping

from consultation.core import commitment, records
from consultation.core.canonical import Json
from consultation.core.events import OpinionGiven
from consultation.service import schema
from consultation.service.desk import Desk, timestamp
from consultation.service.ports import Clock
from consultation.service.problems import Problem, not_found
from consultation.service.reader import Kept
from consultation.service.seal import SealBroken
from consultation.service.store import Store
from consultation.service.vault import Look


class Openings:
    """Opens fields and keeps the log of it in the vault."""

    def __init__(self, store: Store, desk: Desk, clock: Clock) -> None:
        self._store, self._desk, self._clock = store, desk, clock

    def open(self, name: str, leaf: str, field: str, who: str, why: str) -> Mapping[str, Json]:
        """The field with its salt and path, and the commitment in the entry that it is to be checked against.

        Raises Problem: 404 where there is no such opinion or field, 410 once it is erased.
        """
        self._desk.consultation(name)
        kept = self._kept(name, leaf)
        fields = kept.opinion.fields()
        person = self._desk.vault.person(name, kept.opinion.participant)
        if kept.erased or person is None or person.erasing:
            detail = "its key, words and salts are destroyed: nobody can open this commitment any more"
            raise Problem(410, "erased", "Erased", detail)
        if field not in fields:
            allowed = ", ".join(sorted(fields))
            detail = f"an opinion has no field {field[:64]!r}; allowed: {allowed}"
            raise Problem(404, "not-found", "Not found", detail)
        look = Look(0, timestamp(self._clock.now()), who, name, leaf, field, why)
        self._desk.vault.log(look)  # a crash after it leaves a line too many, never one too few
        opened = commitment.open_field(fields, kept.salt, field)
        return {
            "consultation": name,
            "leaf": leaf,
            "commitment": self._committed(leaf),
            "name": opened.name,
            "value": opened.value,
            "salt": opened.salt,
            "index": opened.index,
            "size": opened.size,
            "path": list(opened.path),
        }

    def log(self, name: str) -> list[Look]:
        """Who opened what of this consultation. Raises Problem(404)."""
        self._desk.consultation(name)
        return list(self._desk.vault.looks(name))

    def _kept(self, name: str, leaf: str) -> Kept:
        try:
            kept = self._desk.reader.entered_as(name, leaf)
        except SealBroken as error:
            detail = f"{error}: report it, the store was altered"
            raise Problem(500, "seal-broken", "The store was altered", detail) from error
        if kept is None:
            raise not_found("opinion with this leaf", leaf[:64])
        return kept

    def _committed(self, leaf: str) -> str:
        row = self._store.row(schema.OUTBOX, leaf=leaf) or {}
        entry = row.get("entry")
        event = records.parse(entry).event if isinstance(entry, bytes) else None
        return event.commitment if isinstance(event, OpinionGiven) else ""
