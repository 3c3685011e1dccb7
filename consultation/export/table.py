"""The one row model of all exports: the summary as lines of plain text, cell by cell.

XLSX, DOCX and CSV write these very strings, so they cannot say different things.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from consultation.core.drafts import WHOLE
from consultation.core.people import ORGANISATIONS
from consultation.core.summary import Row, State, Summary
from consultation.export.labels import Column, Labels

_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What XML 1.0 does not take, or no reader shows."""

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All that an export writes."""

    issuer: str
    title: str
    subject: str
    facts: tuple[str, ...]
    """The header's lines: agencies asked, opinions received and so on."""
    columns: Cells
    rows: tuple[Cells, ...]


def lay_out(summary: Summary, labels: Labels) -> Table:
    """The summary in the words of one language."""
    header = summary.header
    names = dict(summary.provisions)
    numbered = enumerate(summary.rows, start=1)
    rows = tuple(tuple(map(clean, _cells(number, row, names, labels))) for number, row in numbered)
    facts = (
        labels.phrase("asked", _agencies(header.asked)),
        labels.phrase("answered", _agencies(header.answered)),
        labels.phrase("received", header.received),
        labels.phrase("counted", header.counted),
        labels.phrase("excluded", sum(header.excluded.values())),
        labels.phrase("published", summary.published),
    )
    return Table(
        clean(header.issuer),
        labels.phrase("title"),
        clean(labels.phrase("subject", header.title)),
        tuple(map(clean, facts)),
        tuple(labels.name(column) for column in Column),
        rows,
    )


def clean(text: str) -> str:
    """Every kind of line end as one, and U+FFFD in place of what no document may hold."""
    return _UNPRINTABLE.sub("\ufffd", _LINE_END.sub("\n", text))


def _agencies(names: tuple[str, ...]) -> str:
    return f"{len(names)} ({'; '.join(names)})" if names else "0"


def _cells(number: int, row: Row, names: Mapping[str, str], labels: Labels) -> Cells:
    return (
        str(number),
        names[row.provision] or (labels.phrase("whole") if row.provision == WHOLE else row.provision),
        row.organisation if row.audience in ORGANISATIONS else labels.name(row.audience),
        labels.name(row.stance),
        _content(row, labels),
        _response(row, labels),
        str(row.size),
        labels.name(row.state),
    )


def _content(row: Row, labels: Labels) -> str:
    if row.state is State.WITHDRAWN:
        return labels.phrase("withdrawn")
    if row.moderation:
        return labels.phrase("moderated", labels.name(row.moderation))
    said = [row.text] if row.text else []
    if row.proposal:
        said.append(labels.phrase("proposal", row.proposal))
    if row.reason:
        said.append(labels.phrase("reason", row.reason))
    return "\n".join(said) or labels.phrase("no_text")


def _response(row: Row, labels: Labels) -> str:
    if row.outcome is None:
        return labels.phrase("unanswered")
    outcome = labels.name(row.outcome)
    return f"{outcome}: {row.answer}" if row.answer else outcome
