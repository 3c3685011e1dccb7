"""A CSV of our own, for whoever has a recording of another kind: one row an opinion, UTF-8, strict.

| column | holds |
|---|---|
| `time` | ISO 8601 with its zone, `2026-05-06T21:59:30+07:00`; or seconds, `12.5`; one kind a file |
| `participant` | who, at most 64 characters; a pseudonym does |
| `provision` | id such as `dieu-5.khoan-2.diem-a`, or any other name; empty for the whole draft |
| `stance` | `agree`, `agree_with_comments`, `disagree`, `no_opinion`; `withdrawn` takes it back |
| `text`, `proposal`, `reason` | words, at most 20,000 characters each; these three columns may be left out |

Rows may stand in any order of time. A person's later opinion on a provision supersedes. An unknown column is
refused, so that a typing mistake is not an omission. The draft is made of the ids: what a provision such as
`dieu-5.khoan-2` stands in is added where nobody spoke of it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from consultation.core.canonical import nfc
from consultation.core.drafts import MAX_PARTICIPANT_CHARACTERS, MAX_PROVISION_CHARACTERS, WHOLE, Draft
from consultation.core.provisions import TreeError, check_tree, cite
from workloads.consultations import DraftText, Person, PersonKind, Provision, Stance, Unit
from workloads.traces.rows import BadRow, Broken, Row, TraceError, read_header, read_rows, refuse, shown
from workloads.traces.trace import Described, Given, Kind, Trace, build, unfounded

COLUMNS = ("time", "participant", "provision", "stance")
WORDS = ("text", "proposal", "reason")
WITHDRAWN = "withdrawn"
UNIT = Unit("recorded", "Bản ghi", "online", "Bản ghi", "")
_SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STANCES = {**{stance.value: stance for stance in Stance}, WITHDRAWN: None}


def read(path: Path, *, skip_bad: bool) -> Trace:
    """The recording in `path`. Raises TraceError as `workloads.traces.read` says."""
    unknown = [name for name in read_header(path) if name not in (*COLUMNS, *WORDS)]
    if unknown:
        allowed = ", ".join((*COLUMNS, *WORDS))
        raise TraceError(f"{path}: unknown columns {shown(', '.join(unknown))}; allowed are {allowed}")
    bad: list[BadRow] = []
    given: list[Given] = []
    first: Row | None = None
    for row in read_rows(path, COLUMNS, bad):
        try:
            one = _given(row)
            first = first or row
            if _in_seconds(row) != _in_seconds(first):
                found, other = ("seconds", "ISO 8601") if _in_seconds(row) else ("ISO 8601", "seconds")
                raise Broken(f"time is in {found}, on line {first.line} in {other}; a file has one of them")
            given.append(one)
        except Broken as broken:
            bad.append(BadRow(path.name, row.line, str(broken)))
    for line in sorted(unfounded(given)):
        why = f"{WITHDRAWN}, but nothing of this participant stands on this provision by then"
        bad.append(BadRow(path.name, line, why))
    missed = {row.line for row in bad}
    given = [row for row in given if row.line not in missed]
    bad.sort(key=lambda row: row.line)
    if not skip_bad:
        refuse(path, bad)
    if not given:
        raise TraceError(f"{path} has no usable row below its header; at least one is needed", bad)
    names = sorted({row.participant for row in given})
    about = Described(
        Kind.OWN,
        DraftText(path.stem, UNIT.name, "", tuple(_draft(row.provision for row in given))),
        UNIT,
        tuple(Person(name, name, UNIT.id, PersonKind.CITIZEN) for name in names),
    )
    return build(about, given, bad, "row")


def _given(row: Row) -> Given:
    at_us = int(Decimal(row.fields["time"]) * 1_000_000) if _in_seconds(row) else _moment(row.fields["time"])
    participant = nfc(row.text("participant", MAX_PARTICIPANT_CHARACTERS))
    if not participant.strip():
        raise Broken("participant is empty; every opinion is somebody's, a pseudonym does")
    stance = row.fields["stance"]
    if stance not in _STANCES:
        raise Broken(f"stance is {shown(stance)}; allowed are {', '.join(_STANCES)}")
    provision = nfc(row.text("provision", MAX_PROVISION_CHARACTERS))
    _check_place(provision)
    words = [row.text(column) for column in WORDS]
    return Given(at_us, row.line, participant, provision, _STANCES[stance], *words)


def _in_seconds(row: Row) -> bool:
    return _SECONDS.fullmatch(row.fields["time"]) is not None


def _moment(text: str) -> int:
    """Microseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Broken(
            f"time is {shown(text)}; allowed are ISO 8601 with a zone, such as 2026-05-06T21:59:30+07:00, "
            "or seconds from 0 with at most six decimals"
        ) from None
    if moment.tzinfo is None:
        raise Broken(f"time is {shown(text)}, without a zone; add one, such as Z or +07:00")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _check_place(id: str) -> None:
    if id == WHOLE:
        return
    if not id.strip():
        raise Broken("provision is blank; leave it empty for the whole draft")
    try:
        check_tree(Draft("", "", tuple(_chain(id))))
    except TreeError as error:
        raise Broken(f"provision {shown(id)}: {error}") from None


def _chain(id: str) -> Iterator[Provision]:
    """What a provision stands in, from the top, and the provision."""
    found = Provision(id, cite(id), "")
    if found.parent:
        yield from _chain(found.parent)
    yield found


def _draft(ids: Iterable[str]) -> Iterator[Provision]:
    """A draft with these provisions, in the order of their numbers; of one where all spoke of the whole."""
    parts = {part.id: part for id in ids if id != WHOLE for part in _chain(id)}
    if not parts:
        yield Provision("noi-dung", "Nội dung", "")
    yield from sorted(parts.values(), key=lambda part: _order(part.id))


def _order(id: str) -> list[tuple[int, int, str]]:
    """So that article 10 comes after article 2, and a part before all that stands in it."""
    pieces = (piece for name in id.split(".") for piece in re.split(r"([0-9]+)", name + "."))
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces if piece]
