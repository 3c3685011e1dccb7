"""Where an opinion comes from: whose voice it is, how it came, and the facts that decide whether it counts.

None of it is on the ledger. What nearly every opinion has, a citizen's over the portal, is not kept at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consultation.core.canonical import Json
from consultation.core.people import ORGANISATIONS, Audience, Channel
from consultation.core.reconciliation import Author, ReasonCode, Source, reconcile
from consultation.service import schema
from consultation.service.problems import Problem
from consultation.service.store import Row, Store

_OF_ANYBODY = frozenset({Audience.AFFECTED_SUBJECT, Audience.EXPERT, Audience.PUBLIC})
_DIRECT = frozenset({Channel.PORTAL, Channel.VNEID, Channel.API})


@dataclass(frozen=True, slots=True)
class Origin:
    """The facts about one opinion beside its content."""

    audience: Audience = Audience.PUBLIC
    organisation: str = ""
    """Name of the organisation that speaks; empty for every private person."""
    channel: Channel = Channel.PORTAL
    author: Author = Author.PERSON
    unit: str = ""
    """The unit that speaks, or in whose internal round an official answers; or empty."""
    written: bool = True
    reported_by: str = ""
    sheet: str = ""

    def check(self, *, official: bool) -> None:
        """Raises Problem(403) where only an official may say so, Problem(422) where it contradicts itself."""
        mine = self.audience in _OF_ANYBODY and self.channel in _DIRECT and self.author is not Author.UNIT
        if not official and not (mine and self.written and not self.reported_by and not self.sheet):
            detail = (
                "a citizen speaks for themselves, in writing, over portal, vneid or api; what a unit says, "
                "and what was said or written on paper, an official enters"
            )
            raise Problem(403, "origin-not-yours", "Not yours to say", detail)
        if bool(self.organisation) is not (self.audience in ORGANISATIONS):
            detail = f"an organisation is named for {', '.join(sorted(ORGANISATIONS))}, and for no other"
            raise Problem(422, "malformed", "Malformed", f"origin.organisation: {detail}")
        if self.author is Author.UNIT and self.audience not in ORGANISATIONS:
            detail = "a unit speaks as an organisation, under its name"
            raise Problem(422, "malformed", "Malformed", f"origin.audience: {detail}")
        if self.author is not Author.PERSON and not self.unit:
            detail = f"an opinion of an {self.author.value} names the unit"
            raise Problem(422, "malformed", "Malformed", f"origin.unit: {detail}")

    def row(self, opinion: str) -> Row:
        return {
            "opinion": opinion,
            "audience": self.audience.value,
            "organisation": self.organisation,
            "channel": self.channel.value,
            "author": self.author.value,
            "unit": self.unit,
            "written": int(self.written),
            "reported_by": self.reported_by,
            "sheet": self.sheet,
        }

    def to_json(self) -> dict[str, Json]:
        return {name: str(value) for name, value in self.row("").items() if name != "opinion"}


ANYBODY = Origin()


def origins(store: Store, consultation: str) -> Mapping[str, Origin]:
    """What is kept of a consultation's opinions, by id; those left out are a citizen's over the portal."""
    return {
        str(row["opinion"]): Origin(
            Audience(str(row["audience"])),
            str(row["organisation"]),
            Channel(str(row["channel"])),
            Author(str(row["author"])),
            str(row["unit"]),
            bool(row["written"]),
            str(row["reported_by"]),
            str(row["sheet"]),
        )
        for row in store.rows(schema.ORIGINS, consultation=consultation)
    }


def excluded(
    found: Mapping[str, Origin], standing: Iterable[tuple[str, str, str]], doubtful: Mapping[str, ReasonCode]
) -> dict[str, ReasonCode]:
    """Opinions that the rules do not count, by id; `standing` has id, provision and leaf of every other.

    `doubtful` are those that an official names with a reason of their own.
    """
    names, sources = dict[str, str](), list[Source]()
    for opinion, provision, leaf in standing:
        if opinion in doubtful:
            continue  # it is out, and puts nothing else out
        origin = found.get(opinion, ANYBODY)
        names[leaf] = opinion
        sources.append(
            Source(
                leaf,
                provision,
                origin.author,
                origin.unit,
                written=origin.written,
                reported_by=origin.reported_by,
                sheet=origin.sheet,
            )
        )
    return {**{names[leaf]: reason for leaf, reason in reconcile(sources).items()}, **doubtful}
