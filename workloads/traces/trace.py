"""What every kind of trace becomes: a consultation with the times of its actions, and its counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from workloads.consultations import (
    WHOLE,
    Action,
    ActionKind,
    Consultation,
    DraftText,
    Person,
    Stance,
    Unit,
    active,
)
from workloads.traces.rows import BadRow


class Kind(StrEnum):
    """Where a trace comes from, as a report names it."""

    POLIS = "Polis export"
    OWN = "CSV of opinions"
    REGULATIONS = "regulations.gov CSV"


@dataclass(frozen=True, slots=True)
class Count:
    """Opinions on one provision by stance; agreements with comments are counted apart."""

    agrees: int
    disagrees: int
    passes: int
    commented: int = 0

    @property
    def total(self) -> int:
        return self.agrees + self.disagrees + self.passes + self.commented


@dataclass(frozen=True, slots=True)
class Given:
    """One row in order of time: an opinion, or with `stance` None the withdrawal of the one that stands.

    `at_us` is in microseconds of the trace's own clock, `line` where the row starts in its file.
    """

    at_us: int
    line: int
    participant: str
    provision: str
    stance: Stance | None
    text: str = ""
    proposal: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A replayable recording.

    `times_s[i]` is when `consultation.actions[i]` was made, in seconds from the first. The counts are by
    provision id, and each provision has one in each; WHOLE has one where somebody spoke of it. `exported` is
    what the file itself says, and empty where it says nothing. `bad_rows` were passed over, and are empty
    unless that was asked for. `remarks` say what was done to the recording that a reader must know.
    """

    kind: Kind
    consultation: Consultation
    times_s: tuple[float, ...]
    start_ms: int
    """When the first action was made, in milliseconds since 1970, or since the recording's own zero."""
    exported: Mapping[str, Count]
    received: Mapping[str, Count]
    counted: Mapping[str, Count]
    bad_rows: tuple[BadRow, ...]
    remarks: tuple[str, ...] = field(default=())

    def differing(self) -> list[str]:
        """The provisions whose received agreements or disagreements are not what the file's columns say."""
        return [
            id
            for id, said in self.exported.items()
            if (said.agrees, said.disagrees) != (self.received[id].agrees, self.received[id].disagrees)
        ]


@dataclass(frozen=True, slots=True)
class Described:
    """What a file says besides its rows."""

    kind: Kind
    draft: DraftText
    unit: Unit
    people: tuple[Person, ...]
    exported: Mapping[str, Count] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def build(about: Described, given: Iterable[Given], bad: Sequence[BadRow], key: str) -> Trace:
    """The trace of rows, ordered by time and then by their place in the file; none may be empty.

    `key` with the row's line is an action's idempotency key, so the same file gives the same keys. A
    withdrawal needs something that stands: see `sequence`.
    """
    rows = sorted(given, key=lambda row: (row.at_us, row.line))
    actions = tuple(_actions(rows, key))
    first_us = rows[0].at_us
    return Trace(
        about.kind,
        Consultation(about.draft, (about.unit,), about.people, actions),
        tuple((row.at_us - first_us) / 1_000_000 for row in rows),
        first_us // 1000,
        about.exported,
        count(about.draft, (action for action in actions if action.kind is not ActionKind.WITHDRAW)),
        count(about.draft, active(actions).values()),
        tuple(bad),
        about.remarks,
    )


def unfounded(given: Iterable[Given]) -> set[int]:
    """The lines of withdrawals before which nothing stood."""
    standing: set[tuple[str, str]] = set()
    found: set[int] = set()
    for row in sorted(given, key=lambda row: (row.at_us, row.line)):
        place = (row.participant, row.provision)
        if row.stance is not None:
            standing.add(place)
        elif place in standing:
            standing.remove(place)
        else:
            found.add(row.line)
    return found


def count(draft: DraftText, actions: Iterable[Action]) -> dict[str, Count]:
    """Opinions by provision and stance."""
    tally = {provision.id: [0, 0, 0, 0] for provision in draft.provisions}
    column = {
        Stance.AGREE: 0,
        Stance.DISAGREE: 1,
        Stance.NO_OPINION: 2,
        Stance.AGREE_WITH_COMMENTS: 3,
    }
    for action in actions:
        if action.provision == WHOLE:
            tally.setdefault(WHOLE, [0, 0, 0, 0])
        tally[action.provision][column[action.stance]] += 1
    return {id: Count(*numbers) for id, numbers in tally.items()}


def _actions(rows: Iterable[Given], prefix: str) -> Iterable[Action]:
    """One action a row: of a person's opinions on a provision each supersedes the one before."""
    latest: dict[tuple[str, str], Action] = {}
    for row in rows:
        place = (row.participant, row.provision)
        before = latest.pop(place, None)
        if row.stance is None:
            assert before is not None, "the reader refuses what withdraws nothing"
            kind, stance = ActionKind.WITHDRAW, before.stance
        else:
            kind, stance = (ActionKind.AMEND if before else ActionKind.SUBMIT), row.stance
        action = Action(
            kind,
            row.participant,
            row.provision,
            stance,
            row.text,
            row.proposal,
            row.reason,
            key=f"{prefix}-{row.line}",
            supersedes_key=before.key if before else None,
        )
        if row.stance is not None:
            latest[place] = action
        yield action
