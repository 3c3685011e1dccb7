"""The consolidated table (bản tổng hợp, tiếp thu, giải trình): what was said, and how it was answered.

A row is one opinion, or several near-identical ones on one provision with one stance, and says how many.
Every counted opinion is in exactly one row, also where its text is not shown. A published row names no entry
of the ledger and no time, and rows stand in the order of the draft and then of their content: who holds a
receipt can find its text, but no row says whose it is. How rows are made from opinions is in `assembly`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.drafts import Outcome, Stance
from consultation.core.people import ORGANISATIONS, Audience
from consultation.core.tally import Totals

VERSION = 1


class State(StrEnum):
    """What became of the texts of a row; the opinions are counted in every state."""

    SHOWN = "shown"
    MERGED = "merged"
    """Near-identical texts, of which one is shown."""
    MODERATED = "moderated"
    """The text is hidden, for the reason given."""
    WITHDRAWN = "withdrawn"
    """The text was erased at its author's wish after the reconciliation."""


class Moderation(StrEnum):
    """Why a text is not shown."""

    PERSONAL_DATA = "personal_data"
    INSULT = "insult"
    STATE_SECRET = "state_secret"


class SummaryError(ValueError):
    """The table is not as it must be; `rows` are the places of the rows at fault, from 0, if any."""

    def __init__(self, message: str, rows: Iterable[int] = ()) -> None:
        self.rows = tuple(rows)
        where = f"row {', '.join(str(at + 1) for at in self.rows[:5])}: " if self.rows else ""
        super().__init__(f"{where}{message}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the published table."""

    provision: str
    """Id of a provision of the draft, or WHOLE."""
    audience: Audience
    organisation: str
    """Name of the organisation that speaks; empty for every private person."""
    stance: Stance
    text: str
    proposal: str
    reason: str
    size: int
    """Opinions in this row."""
    state: State
    moderation: Moderation | None = None
    outcome: Outcome | None = None
    """None until it is answered."""
    answer: str = ""

    def unanswered(self) -> "Row":
        return replace(self, outcome=None, answer="")

    def to_json(self) -> dict[str, Json]:
        return {
            "provision": self.provision,
            "audience": self.audience.value,
            "organisation": self.organisation,
            "stance": self.stance.value,
            "text": self.text,
            "proposal": self.proposal,
            "reason": self.reason,
            "size": self.size,
            "state": self.state.value,
            "moderation": self.moderation.value if self.moderation else "",
            "outcome": self.outcome.value if self.outcome else "",
            "answer": self.answer,
        }


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the table."""

    consultation: str
    title: str
    issuer: str
    asked: tuple[str, ...]
    """Names of the agencies that were asked."""
    answered: tuple[str, ...]
    """Those of them that sent an opinion."""
    received: int
    counted: int
    excluded: Mapping[str, int]
    """Per reason code; only those that occur."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole table."""

    header: Header
    provisions: tuple[tuple[str, str], ...]
    """Id and label of every provision that has a row, in the order of the draft."""
    rows: tuple[Row, ...]

    @property
    def published(self) -> int:
        """Opinions whose words can be read in the table, their own or near-identical ones."""
        return sum(row.size for row in self.rows if row.state in (State.SHOWN, State.MERGED))

    def label(self, provision: str) -> str:
        return dict(self.provisions)[provision]

    def unanswered(self) -> "Summary":
        """The table as it was fixed before the responses: what the event 'summarised' has the digest of."""
        return arrange(self.header, self.provisions, (row.unanswered() for row in self.rows))

    def to_json(self) -> dict[str, Json]:
        header = self.header
        return {
            "v": VERSION,
            "consultation": header.consultation,
            "title": header.title,
            "issuer": header.issuer,
            "asked": list(header.asked),
            "answered": list(header.answered),
            "received": header.received,
            "counted": header.counted,
            "published": self.published,
            "excluded": dict(header.excluded),
            "totals": totals(self.rows).to_json(),
            "provisions": [{"id": name, "label": label} for name, label in self.provisions],
            "rows": [row.to_json() for row in self.rows],
        }

    def encode(self) -> bytes:
        """The canonical bytes: the file `summary.json`."""
        return canonical.encode(self.to_json())

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, hex."""
        return sha256(self.encode()).hexdigest()


def arrange(header: Header, provisions: Iterable[tuple[str, str]], rows: Iterable[Row]) -> Summary:
    """The table with its rows in order. Raises SummaryError where a row's provision is none of the draft."""
    draft = dict(provisions)
    place = {name: at for at, name in enumerate(draft)}
    found = list(rows)
    strange = [at for at, row in enumerate(found) if row.provision not in place]
    if strange:
        raise SummaryError(f"the draft has no provision {found[strange[0]].provision!r}", strange)
    found.sort(key=lambda row: (place[row.provision], canonical.encode(row.to_json())))
    used = {row.provision for row in found}
    return Summary(header, tuple((name, draft[name]) for name in draft if name in used), tuple(found))


def totals(rows: Iterable[Row]) -> Totals:
    """Stances per provision over the opinions in the rows: no threshold holds for these."""
    found: dict[str, dict[Stance, int]] = {}
    for row in rows:
        stances = found.setdefault(row.provision, dict.fromkeys(Stance, 0))
        stances[row.stance] += row.size
    return Totals(found)


def check(summary: Summary) -> None:
    """All that can be seen from the table alone. Raises SummaryError with the rows at fault."""
    check_rows(summary)
    if arrange(summary.header, summary.provisions, summary.rows) != summary:
        raise SummaryError("rows stand in the order of the draft and then of their content: arrange them")
    check_numbers(summary)


def check_rows(summary: Summary) -> None:
    """Each row by itself. Raises SummaryError with those at fault."""
    faults = {at: found for at, row in enumerate(summary.rows) if (found := fault(row))}
    if faults:
        message = next(iter(faults.values()))
        raise SummaryError(message, (at for at, found in faults.items() if found == message))


def check_numbers(summary: Summary) -> None:
    """The header's numbers against the rows. Raises SummaryError."""
    header = summary.header
    in_rows = sum(row.size for row in summary.rows)
    if in_rows != header.counted:
        raise SummaryError(f"{header.counted} opinions are counted and {in_rows} are in the rows")
    if header.counted + sum(header.excluded.values()) > header.received:
        raise SummaryError(f"more opinions are counted and excluded than the {header.received} received")


def check_answered(summary: Summary) -> None:
    """Before the publication: Law 64/2025/QH15, article 6(4), asks for an answer to every opinion.

    Raises SummaryError with the rows that have none.
    """
    check(summary)
    unanswered = [at for at, row in enumerate(summary.rows) if row.outcome is None]
    if unanswered:
        raise SummaryError(f"{len(unanswered)} rows have no response yet: answer each", unanswered)


def fault(row: Row) -> str:
    """What is wrong with a row by itself, or nothing."""
    said = (row.text, row.proposal, row.reason)
    if row.size < 1:
        return "a row holds at least one opinion"
    if row.state is State.SHOWN and row.size > 1:
        return f"a row of {row.size} opinions is merged, moderated or withdrawn"
    if row.state is State.MERGED and row.size == 1:
        return "a merged row holds at least two opinions"
    if row.state in (State.MODERATED, State.WITHDRAWN) and any(said):
        return f"the text of a {row.state.value} row is not shown: leave it out"
    if (row.moderation is None) is (row.state is State.MODERATED):
        return "a reason for moderation stands on every moderated row, and on no other"
    if bool(row.organisation) is not (row.audience in ORGANISATIONS):
        return "an organisation is named, a private person never: only the category"
    if row.outcome is None and row.answer:
        return "an answer has an outcome: accepted, accepted in part, explained, out of scope"
    if row.outcome not in (None, Outcome.ACCEPTED) and not row.answer.strip():
        return "what is not accepted in full is explained: the answer is empty"
    if any(text != canonical.nfc(text) for text in (row.organisation, row.answer, *said)):
        return "texts are in Unicode form NFC: normalise them first"
    return ""
