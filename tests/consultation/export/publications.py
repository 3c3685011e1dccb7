"""A consultation as entries on a ledger, with what it comes to by a slow way of its own.

The entries have the form that the rules ask for, under a signature that is none: the recount checks none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import strategies as st

from consultation.core import canonical, merkle
from consultation.core.assembly import Counted
from consultation.core.canonical import Json
from consultation.core.drafts import Stance
from consultation.core.people import Audience
from consultation.core.summary import Summary
from consultation.export import labels, publication
from tests.consultation.core import tables

NAME = "quyet-dinh-ve-cho"
_FIELDS = {"withdrawn": "withdraws", "excluded": "excludes", "erased": "erases"}


def entry(kind: str, event: Mapping[str, Json], name: str = NAME) -> bytes:
    return canonical.encode(
        {
            "v": 1,
            "consultation": name,
            "window": "2026-11-23T10Z",
            "kind": kind,
            "event": event,
            "key": "aa" * 32,
            "signature": "bb" * 64,
        }
    )


@dataclass(slots=True)
class Story:
    """What happened, one act after the other; opinions are known by the number of their giving."""

    entries: list[bytes] = field(default_factory=lambda: [entry("drafted", {"draft": "11" * 32})])
    leaves: list[str] = field(default_factory=list)
    standing: list[int] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    excluded: int = 0
    fixed: bool = False

    @property
    def counted(self) -> int:
        return len(self.standing)

    def give(self, instead_of: int | None = None) -> None:
        number = len(self.leaves)
        old = "" if instead_of is None else self.leaves[instead_of]
        event = {"pseudonym": f"{number:064x}", "supersedes": old, "commitment": f"{number + 7:064x}"}
        self.entries.append(entry("opinion", event))
        self.leaves.append(merkle.leaf_hash(self.entries[-1]).hex())
        if instead_of is not None:
            self.standing.remove(instead_of)
        self.standing.append(number)

    def end(self, kind: str, number: int) -> None:
        event = {"pseudonym": f"{number:064x}", _FIELDS[kind]: self.leaves[number]}
        self.entries.append(entry(kind, {**event, "reason": "spoken"} if kind == "excluded" else event))
        if kind == "erased":
            self.erased.append(number)
            if number in self.standing and not self.fixed:
                self.standing.remove(number)
            return
        self.standing.remove(number)
        self.excluded += kind == "excluded"

    def act(self, kind: str) -> None:
        event: dict[str, Json] = {"received": len(self.leaves), "counted": self.counted}
        if kind == "reconciled":
            event["excluded"], self.fixed = self.excluded, True
        self.entries.append(entry(kind, event))

    def stranger(self) -> None:
        """An opinion of another consultation on the same ledger."""
        event = {"pseudonym": "22" * 32, "supersedes": "", "commitment": "33" * 32}
        self.entries.append(entry("opinion", event, "quyet-dinh-khac"))

    def table(self) -> Summary:
        """With a row for every opinion that counts."""
        said = [
            Counted(self.leaves[number], "dieu-2", Audience.PUBLIC, "", list(Stance)[number % 4], "", "", "")
            for number in self.standing
        ]
        made = tables.table(said, self.excluded)
        return replace(made, header=replace(made.header, received=len(self.leaves)))

    def publish(self, folder: Path) -> Summary:
        """Answer, and write the publication."""
        table = self.table()
        self.entries.append(entry("responded", {"table": table.digest()}))
        write(folder, self.entries, table)
        return table


def write(folder: Path, entries: Sequence[bytes], table: Summary) -> None:
    root = merkle.root_of(map(merkle.leaf_hash, entries))
    publication.publish(folder, entries, len(entries), root, table, labels.load())


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any lawful course of a small consultation."""
    story = Story()
    for _ in range(draw(st.integers(0, 8))):
        _step(draw, story, ["give", "give", "supersede", "withdrawn", "erased", "stranger"])
    story.act("closed")
    for _ in range(draw(st.integers(0, 4))):
        _step(draw, story, ["excluded", "erased", "stranger"])
    story.act("reconciled")
    for _ in range(draw(st.integers(0, 3))):
        _step(draw, story, ["erased", "stranger"])
    return story


def _step(draw: st.DrawFn, story: Story, kinds: list[str]) -> None:
    kind = draw(st.sampled_from(kinds))
    can_end = story.standing
    if kind == "erased":
        can_end = [number for number in range(len(story.leaves)) if number not in story.erased]
    if kind == "stranger":
        story.stranger()
    elif kind in ("supersede", *_FIELDS):
        left = [number for number in can_end if number not in story.erased]
        if left:
            number = draw(st.sampled_from(left))
            story.give(number) if kind == "supersede" else story.end(kind, number)
    else:
        story.give()
