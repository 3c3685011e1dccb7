"""A real consultation, replayed: a Polis export (`comments.csv`, `votes.csv`) as a Consultation with times.

Statements become provisions and votes become opinions: 1 agree, -1 disagree, 0 (pass) no opinion. Votes are
ordered by `timestamp`, those at the same millisecond by their place in the file. Where a voter votes again
on a statement the later vote supersedes, also where it says the same.

Two counts result and both are shown. *Received* counts every vote in the file, repeated ones too: that is
what the export's own columns `agrees` and `disagrees` count. *Counted* is after superseding, and smaller.

Reading and checking the files is left to `workloads.polis`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workloads.consultations import (
    Action,
    ActionKind,
    Consultation,
    DraftText,
    Person,
    PersonKind,
    Provision,
    Stance,
    Unit,
    active,
)
from workloads.polis import BadRow, Count, TraceError, Vote, read_export

__all__ = ["BadRow", "Count", "Trace", "TraceError", "read"]

STANCES: Mapping[int, Stance] = {1: Stance.AGREE, -1: Stance.DISAGREE, 0: Stance.NO_OPINION}
UNIT = Unit("polis", "Polis", "online", "Polis", "")


@dataclass(frozen=True, slots=True)
class Trace:
    """A replayable export.

    `times_s[i]` is when `consultation.actions[i]` was made, in seconds from the first vote. The counts are by
    provision id, and each statement has one in each. `exported` is what comments.csv says; `bad_rows` were
    passed over, and are empty unless that was asked for.
    """

    consultation: Consultation
    times_s: tuple[float, ...]
    start_ms: int
    """When the first vote was given, in milliseconds since 1970."""
    exported: Mapping[str, Count]
    received: Mapping[str, Count]
    counted: Mapping[str, Count]
    bad_rows: tuple[BadRow, ...]

    def differing(self) -> list[str]:
        """The statements whose received agreements or disagreements are not what the export's columns say."""
        return [
            id
            for id, said in self.exported.items()
            if (said.agrees, said.disagrees) != (self.received[id].agrees, self.received[id].disagrees)
        ]


def read(folder: Path, *, skip_bad: bool = False) -> Trace:
    """The export in `folder`. Raises TraceError for a broken one, with row and reason.

    With `skip_bad` broken rows are passed over and reported in `bad_rows`; a broken header, a missing or
    empty file and a file without one good row still raise.
    """
    export = read_export(folder, skip_bad=skip_bad)
    votes = sorted(export.votes, key=lambda vote: (vote.timestamp_ms, vote.line))
    provisions = tuple(
        Provision(provision_id(it.id), f"Statement {it.id}", it.text)
        for it in sorted(export.statements, key=lambda statement: statement.id)
    )
    actions = tuple(_actions(votes))
    voters = sorted({vote.voter for vote in votes})
    ids = [provision.id for provision in provisions]
    said = {provision_id(it.id): it.said for it in export.statements}
    return Trace(
        Consultation(
            DraftText(folder.resolve().name, "Polis", "", provisions),
            (UNIT,),
            tuple(Person(person_id(it), f"Voter {it}", UNIT.id, PersonKind.CITIZEN) for it in voters),
            actions,
        ),
        tuple((vote.timestamp_ms - votes[0].timestamp_ms) / 1000 for vote in votes),
        votes[0].timestamp_ms,
        {id: said[id] for id in ids},
        _count(ids, actions),
        _count(ids, active(actions).values()),
        export.bad_rows,
    )


def provision_id(statement: int) -> str:
    return f"statement-{statement}"


def person_id(voter: int) -> str:
    return f"voter-{voter}"


def _actions(votes: Iterable[Vote]) -> Iterable[Action]:
    """One action a vote; its key is its row in the file, so the same export gives the same keys."""
    latest: dict[tuple[int, int], str] = {}
    for vote in votes:
        place = (vote.voter, vote.statement)
        before, key = latest.get(place), f"vote-{vote.line}"
        latest[place] = key
        yield Action(
            ActionKind.SUBMIT if before is None else ActionKind.AMEND,
            person_id(vote.voter),
            provision_id(vote.statement),
            STANCES[vote.value],
            text="",
            proposal="",
            reason="",
            key=key,
            supersedes_key=before,
        )


def _count(ids: Iterable[str], actions: Iterable[Action]) -> dict[str, Count]:
    tally = {id: [0, 0, 0] for id in ids}
    column = {Stance.AGREE: 0, Stance.DISAGREE: 1, Stance.NO_OPINION: 2}
    for action in actions:
        tally[action.provision][column[action.stance]] += 1
    return {id: Count(*numbers) for id, numbers in tally.items()}
