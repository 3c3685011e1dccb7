"""A Polis export: a folder with `comments.csv` and `votes.csv`.

Statements become provisions and votes become opinions: 1 agree, -1 disagree, 0 (pass) no opinion. Votes are
ordered by `timestamp`, those at the same millisecond by their place in the file. Where a voter votes again
on a statement the later vote supersedes, also where it says the same.
"""

from collections.abc import Mapping
from pathlib import Path

from workloads.consultations import DraftText, Person, PersonKind, Provision, Stance, Unit
from workloads.traces.rows import WHOLE_NUMBER, BadRow, Broken, Row, TraceError, read_rows, refuse
from workloads.traces.trace import Count, Described, Given, Kind, Trace, build

COMMENTS, VOTES = "comments.csv", "votes.csv"
COMMENT_COLUMNS = ("comment-id", "agrees", "disagrees", "comment-body")
VOTE_COLUMNS = ("timestamp", "comment-id", "voter-id", "vote")
STANCES: Mapping[int, Stance] = {1: Stance.AGREE, -1: Stance.DISAGREE, 0: Stance.NO_OPINION}
UNIT = Unit("polis", "Polis", "online", "Polis", "")


def read(folder: Path, *, skip_bad: bool) -> Trace:
    """The export in `folder`. Raises TraceError as `workloads.traces.read` says."""
    bad: list[BadRow] = []
    statements, said, refused = _statements(folder / COMMENTS, bad)
    votes: list[Given] = []
    voters: set[int] = set()
    for row in read_rows(folder / VOTES, VOTE_COLUMNS, bad):
        try:
            votes.append(_vote(row, statements, refused))
            voters.add(row.number("voter-id"))
        except Broken as broken:
            bad.append(BadRow(VOTES, row.line, str(broken)))
    if not skip_bad:
        refuse(folder, bad)
    for name, good in ((COMMENTS, len(statements)), (VOTES, len(votes))):
        if not good:
            raise TraceError(
                f"{folder / name} has no usable row below its header; at least one is needed", bad
            )
    order = sorted(statements)
    provisions = tuple(Provision(provision_id(id), f"Statement {id}", statements[id]) for id in order)
    people = (Person(person_id(it), f"Voter {it}", UNIT.id, PersonKind.CITIZEN) for it in sorted(voters))
    about = Described(
        Kind.POLIS,
        DraftText(folder.resolve().name, "Polis", "", provisions),
        UNIT,
        tuple(people),
        {provision_id(id): said[id] for id in order},
    )
    return build(about, votes, bad, "vote")


def provision_id(statement: int) -> str:
    return f"statement-{statement}"


def person_id(voter: int) -> str:
    return f"voter-{voter}"


def _statements(path: Path, bad: list[BadRow]) -> tuple[dict[int, str], dict[int, Count], set[int]]:
    """Texts by id, what the columns count of each (passes they do not: 0 here), and ids of broken rows."""
    texts: dict[int, str] = {}
    said: dict[int, Count] = {}
    refused: set[int] = set()
    for row in read_rows(path, COMMENT_COLUMNS, bad):
        try:
            id = row.size("comment-id")
            if id in texts:
                raise Broken(f"comment-id {id} is there a second time; each statement is listed once")
            text, counted = row.text("comment-body"), Count(row.size("agrees"), row.size("disagrees"), 0)
            texts[id], said[id] = text, counted
        except Broken as broken:
            bad.append(BadRow(path.name, row.line, str(broken)))
            if WHOLE_NUMBER.fullmatch(row.fields["comment-id"]):
                refused.add(int(row.fields["comment-id"]))
    return texts, said, refused


def _vote(row: Row, statements: Mapping[int, str], refused: set[int]) -> Given:
    statement = row.number("comment-id")
    if statement not in statements:
        why = "whose row there is broken" if statement in refused else "which is not in comments.csv"
        raise Broken(f"a vote on comment-id {statement}, {why}; allowed are the statements of comments.csv")
    value = row.number("vote")
    if value not in STANCES:
        raise Broken(f"vote is {value}; allowed are 1 (agree), -1 (disagree), 0 (pass)")
    at_us = row.size("timestamp") * 1000
    voter = person_id(row.size("voter-id"))
    return Given(at_us, row.line, voter, provision_id(statement), STANCES[value])
