"""The summary table of one consultation, from the store: first the opinions, then the unit's responses."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from consultation.core import assembly, summary
from consultation.core.assembly import Assigned, Counted
from consultation.core.drafts import WHOLE, Outcome, Stance
from consultation.core.summary import Header, Moderation, Summary
from consultation.service import schema
from consultation.service.live import Live
from consultation.service.origin import ANYBODY, Origin, origins
from consultation.service.problems import Problem
from consultation.service.reader import Reader
from consultation.service.schema import ACTIVE
from consultation.service.store import Store

Origins = Mapping[str, Origin]
"""Where opinions come from, by id."""
WHOLE_LABEL = "Toàn bộ dự thảo"


@dataclass(frozen=True, slots=True)
class Response:
    """The unit's answer: to one row by its key, or to all on a provision, or of a stance, or to all others.

    The narrowest that fits a row is its answer.
    """

    outcome: Outcome
    text: str = ""
    provision: str | None = None
    stance: Stance | None = None
    key: str = ""


class Table:
    """Reads the opinions that are counted and sets them in rows."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._store, self._reader = store, reader

    def of_opinions(self, live: Live, moderated: Mapping[str, Moderation]) -> Summary:
        """The table without responses; `moderated` are opinions, by id, whose words are not shown."""
        found = origins(self._store, live.id)
        return self._tabulate(live, self._rows(live, moderated, found), found)

    def with_responses(
        self, live: Live, moderated: Mapping[str, Moderation], responses: Sequence[Response]
    ) -> Summary:
        """The table with the unit's responses.

        Raises Problem(422) where one names what is not there, or a row is left without an answer.
        """
        origins_of = origins(self._store, live.id)
        found = self._rows(live, moderated, origins_of)
        _check_provisions(live, found, responses)
        strange = {one.key for one in responses if one.key} - {one.key for one in found}
        if strange:
            detail = f"no row has the key {min(strange)[:16]}...: read the rows again, keys change with them"
            raise Problem(422, "unknown-row", "No such row", detail)
        rows = [answered(one, responses) for one in found]
        bare = next((one.row for one in rows if one.row.outcome is None or summary.fault(one.row)), None)
        if bare is not None:
            why = summary.fault(bare) or "it has no response"
            place = f"{bare.provision or 'the whole'!r}, {bare.stance}"
            detail = f"the row on {place}, with {bare.size} opinions: {why}"
            raise Problem(422, "unanswered", "Not answered", detail)
        return self._tabulate(live, rows, origins_of)

    def rows(self, live: Live, moderated: Mapping[str, Moderation]) -> list[Assigned]:
        """Rows without responses, with the keys under which they are answered."""
        return self._rows(live, moderated, origins(self._store, live.id))

    def _rows(self, live: Live, moderated: Mapping[str, Moderation], found: Origins) -> list[Assigned]:
        return assembly.assemble(self._counted(live, moderated, found))

    def _tabulate(self, live: Live, rows: Sequence[Assigned], found: Origins) -> Summary:
        labels = [(WHOLE, WHOLE_LABEL), *((part.id, part.label) for part in live.draft.provisions)]
        known = {name for name, _ in labels}
        # An opinion stays with its version: what a later one has dropped goes by its id.
        labels += [(name, name) for name in sorted({one.row.provision for one in rows} - known)]
        c = schema.OPINIONS.c
        counted = {
            str(row["leaf"]): str(row["id"])
            for row in self._store.rows(schema.OPINIONS, c.leaf, c.id, consultation=live.id, status=ACTIVE)
        }
        return assembly.tabulate(self._header(live, counted.values(), found), labels, rows, counted)

    def _header(self, live: Live, counted: Collection[str], found: Origins) -> Header:
        """`counted` are the ids of opinions."""
        spoke = {found[name].organisation for name in counted if name in found}
        invited = self._store.rows(schema.INVITATIONS, consultation=live.id)
        asked = {str(row["name"]) for row in invited}
        reasons = Counter(
            str(row["reason"]) for row in self._store.rows(schema.EXCLUSIONS, consultation=live.id)
        )
        return Header(
            live.id,
            live.draft.title,
            live.draft.issuer,
            tuple(sorted(asked)),
            tuple(sorted(spoke & asked)),
            self._store.received(live.id),
            len(counted),
            dict(sorted(reasons.items())),
        )

    def _counted(self, live: Live, moderated: Mapping[str, Moderation], found: Origins) -> Iterator[Counted]:
        for kept in self._reader.opinions(live.id, ACTIVE):
            origin = found.get(kept.id, ANYBODY)
            yield Counted(
                kept.leaf,
                kept.opinion.provision,
                origin.audience,
                origin.organisation,
                kept.opinion.stance,
                kept.opinion.text,
                kept.opinion.proposal,
                kept.opinion.reason,
                None if kept.erased else moderated.get(kept.id),
                kept.erased,
            )


def _check_provisions(live: Live, rows: Sequence[Assigned], responses: Sequence[Response]) -> None:
    """A provision is the draft's, or one that an earlier version had and an opinion stands on."""
    known = live.provisions.keys() | {one.row.provision for one in rows}
    unknown = sorted({one.provision for one in responses if one.provision is not None} - known)
    if unknown:
        raise Problem(422, "unknown-provision", "No such provision", f"found {unknown[0]!r}")


def answered(assigned: Assigned, responses: Sequence[Response]) -> Assigned:
    """A row with the narrowest response that fits it; of two alike, the later one."""
    best, narrowest = None, -1
    for one in responses:
        fits = (
            one.key in ("", assigned.key)
            and one.provision in (None, assigned.row.provision)
            and one.stance in (None, assigned.row.stance)
        )
        narrow = 4 * bool(one.key) + 2 * (one.provision is not None) + (one.stance is not None)
        if fits and narrow >= narrowest:
            best, narrowest = one, narrow
    if best is None:
        return assigned
    return replace(assigned, row=replace(assigned.row, outcome=best.outcome, answer=best.text))
