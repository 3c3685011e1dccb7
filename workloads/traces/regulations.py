"""The bulk comment CSV of regulations.gov: one row a document or a comment, some 60 columns, these read.

| column | becomes |
|---|---|
| `Document ID` | the participant and, with the row's line, the action: a comment is somebody's only one |
| `Docket ID`, `Agency ID` | title and issuer of the draft, of the first comment |
| `Document Type` | `Public Submission` is a comment; any other row names a document by its `Title` |
| `Comment on Document ID` | the provision; empty for the whole draft |
| `Received Date`, else `Posted Date` | the time |
| `Comment` | the opinion's text, as it stands there |
| `Is Withdrawn?` | a comment that the agency withdrew is left out and counted in a remark |

A comment has no stance: it is recorded as 'no opinion' with its text. Names of commenters are not read.

Dates say the day alone, written as midnight of Greenwich or of Washington (`2025-04-26T00:00Z`,
`2025-04-28T04:00Z`). The comments of one day are spread evenly over its 24 hours in the order of the file:
how busy a day was is recorded, the hours within it are not, and a remark says so. A row that does tell the
time of day keeps it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from consultation.core.drafts import MAX_PARTICIPANT_CHARACTERS, MAX_PROVISION_CHARACTERS, WHOLE
from workloads.consultations import DraftText, Person, PersonKind, Provision, Stance, Unit
from workloads.traces.rows import BadRow, Broken, Row, TraceError, read_rows, refuse, shown
from workloads.traces.trace import Described, Given, Kind, Trace, build

TELLING = ("Document ID", "Docket ID", "Comment on Document ID")
"""By these a header is known."""
COLUMNS = (*TELLING, "Agency ID", "Document Type", "Title", "Received Date", "Posted Date", "Comment")
COMMENT = "Public Submission"
UNIT = Unit("regulations-gov", "regulations.gov", "online", "regulations.gov", "")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHTS = (0, 4, 5)
"""Hours of UTC at which a day begins in Greenwich, and in Washington in summer and winter."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Comment:
    line: int
    id: str
    about: str
    day: datetime
    """Midnight of Greenwich before `exact`."""
    exact: datetime | None
    posted: bool
    """The day it was posted, since that of its receipt is missing."""
    text: str


def read(path: Path, *, skip_bad: bool) -> Trace:
    """The comments in `path`. Raises TraceError as `workloads.traces.read` says."""
    bad: list[BadRow] = []
    comments: list[_Comment] = []
    titles: dict[str, str] = {}
    seen: dict[str, int] = {}
    withdrawn = 0
    docket = agency = ""
    for row in read_rows(path, COLUMNS, bad):
        try:
            id = _id(row, seen)
            if row.fields["Document Type"] != COMMENT:
                titles[id] = row.text("Title")
            elif row.fields.get("Is Withdrawn?", "").lower() == "true":
                withdrawn += 1
            else:
                comments.append(_comment(row, id))
                docket, agency = docket or row.text("Docket ID"), agency or row.text("Agency ID")
        except Broken as broken:
            bad.append(BadRow(path.name, row.line, str(broken)))
    if not skip_bad:
        refuse(path, bad)
    if not comments:
        raise TraceError(
            f"{path} has no usable comment (Document Type {COMMENT!r}); at least one is needed", bad
        )
    about = Described(
        Kind.REGULATIONS,
        DraftText(docket or path.stem, agency or UNIT.name, "", _provisions(comments, titles)),
        UNIT,
        tuple(Person(it.id, f"Commenter {it.id}", UNIT.id, PersonKind.CITIZEN) for it in comments),
        remarks=tuple(_remarks(comments, withdrawn)),
    )
    return build(about, _given(comments), bad, "row")


def _id(row: Row, seen: dict[str, int]) -> str:
    id = row.text("Document ID", MAX_PARTICIPANT_CHARACTERS)
    if not id.strip():
        raise Broken("Document ID is empty; every row has one")
    if seen.setdefault(id, row.line) != row.line:
        raise Broken(f"Document ID {shown(id)} is on line {seen[id]} already; each row has its own")
    return id


def _comment(row: Row, id: str) -> _Comment:
    about = row.text("Comment on Document ID", MAX_PROVISION_CHARACTERS).strip()
    posted = not row.fields["Received Date"]
    column = "Posted Date" if posted else "Received Date"
    exact = _moment(row, column)
    day = exact.replace(hour=0, minute=0, second=0, microsecond=0)
    told = exact.hour not in _MIDNIGHTS or exact != exact.replace(minute=0, second=0, microsecond=0)
    return _Comment(row.line, id, about, day, exact if told else None, posted, row.text("Comment"))


def _moment(row: Row, column: str) -> datetime:
    text = row.fields[column]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Broken(
            f"{column} is {shown(text)}; allowed is ISO 8601 such as 2025-04-26T00:00Z or 2025-04-26"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _provisions(comments: Sequence[_Comment], titles: Mapping[str, str]) -> tuple[Provision, ...]:
    """The documents that comments are about; where none is named, one for the docket."""
    named = sorted({comment.about for comment in comments} - {WHOLE})
    found = tuple(Provision(id, titles.get(id, "") or id, titles.get(id, "")) for id in named)
    return found or (Provision("docket", "Docket", ""),)


def _given(comments: Sequence[_Comment]) -> list[Given]:
    days: dict[datetime, int] = defaultdict(int)
    for comment in comments:
        days[comment.day] += comment.exact is None
    done: dict[datetime, int] = defaultdict(int)
    given = []
    for comment in comments:
        at = comment.exact
        if at is None:
            at = comment.day + _DAY * (2 * done[comment.day] + 1) / (2 * days[comment.day])
            done[comment.day] += 1
        at_us = (at - _EPOCH) // timedelta(microseconds=1)
        stance = Stance.NO_OPINION
        given.append(Given(at_us, comment.line, comment.id, comment.about, stance, text=comment.text))
    return given


def _remarks(comments: Sequence[_Comment], withdrawn: int) -> list[str]:
    spread = sum(comment.exact is None for comment in comments)
    posted = sum(comment.posted for comment in comments)
    remarks = ["comments have no stance: each is recorded as no opinion, with its text"]
    if spread:
        remarks.append(f"{spread} comments tell the day alone and are spread evenly over its 24 hours")
    if posted:
        remarks.append(f"{posted} comments have no Received Date and stand on the day they were posted")
    if withdrawn:
        remarks.append(f"{withdrawn} withdrawn comments were left out")
    return remarks
