"""Reading a Polis export strictly: good rows out, and every broken row with its line and the reason."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMENT_COLUMNS = ("comment-id", "agrees", "disagrees", "comment-body")
VOTE_COLUMNS = ("timestamp", "comment-id", "voter-id", "vote")
SHOWN = 10  # broken rows that a message names; the rest it counts
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,16}")
LONGEST_FIELD = 20_000  # characters, as the service takes them


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used; `line` is where it starts in `file`, the header being line 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason}"


class TraceError(Exception):
    """A trace cannot be replayed. `rows` names each broken row; empty where a whole file is at fault."""

    def __init__(self, message: str, rows: Sequence[BadRow] = ()) -> None:
        super().__init__(message)
        self.rows = tuple(rows)


@dataclass(frozen=True, slots=True)
class Count:
    """Votes on one statement."""

    agrees: int
    disagrees: int
    passes: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A row of comments.csv; `said` holds its own columns, which do not count passes (0 here)."""

    id: int
    said: Count
    text: str


@dataclass(frozen=True, slots=True)
class Vote:
    """A row of votes.csv; `value` is 1, -1 or 0, `line` where the row starts in the file."""

    timestamp_ms: int
    statement: int
    voter: int
    value: int
    line: int


@dataclass(frozen=True, slots=True)
class Export:
    """All good rows in file order, and the broken ones passed over."""

    statements: tuple[Statement, ...]
    votes: tuple[Vote, ...]
    bad_rows: tuple[BadRow, ...]


class _Broken(Exception):
    """The reason why the row at hand cannot be used."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    fields: Mapping[str, str]

    def number(self, column: str) -> int:
        text = self.fields[column]
        if not WHOLE_NUMBER.fullmatch(text):
            raise _Broken(f"{column} is {_shown(text)}; allowed is a whole number of at most 16 digits")
        return int(text)

    def size(self, column: str) -> int:
        number = self.number(column)
        if number < 0:
            raise _Broken(f"{column} is {number}; allowed is 0 or more")
        return number


def read_export(folder: Path, *, skip_bad: bool) -> Export:
    """`comments.csv` and `votes.csv` of `folder`. Raises TraceError as `workloads.traces.read` says."""
    if not folder.is_dir():
        raise TraceError(f"{folder} is not a folder; a trace is a folder with comments.csv and votes.csv")
    bad: list[BadRow] = []
    comments, ballots = folder / "comments.csv", folder / "votes.csv"
    statements: dict[int, Statement] = {}
    refused: set[int] = set()
    for row in _rows(comments, COMMENT_COLUMNS, bad):
        try:
            statement = _statement(row, statements)
            statements[statement.id] = statement
        except _Broken as broken:
            bad.append(BadRow(comments.name, row.line, str(broken)))
            if WHOLE_NUMBER.fullmatch(row.fields["comment-id"]):
                refused.add(int(row.fields["comment-id"]))
    votes: list[Vote] = []
    for row in _rows(ballots, VOTE_COLUMNS, bad):
        try:
            votes.append(_vote(row, statements, refused))
        except _Broken as broken:
            bad.append(BadRow(ballots.name, row.line, str(broken)))
    if bad and not skip_bad:
        rows = "\n".join(f"  {row}" for row in bad[:SHOWN])
        more = f"\n  and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        raise TraceError(
            f"{folder} has {len(bad)} broken rows:\n{rows}{more}\nMend them, or ask for them to be skipped.",
            bad,
        )
    for path, good in ((comments, len(statements)), (ballots, len(votes))):
        if not good:
            raise TraceError(f"{path} has no usable row below its header; at least one is needed", bad)
    return Export(tuple(statements.values()), tuple(votes), tuple(bad))


def _statement(row: _Row, known: Mapping[int, Statement]) -> Statement:
    id = row.size("comment-id")
    if id in known:
        raise _Broken(f"comment-id {id} is there a second time; each statement is listed once")
    text = row.fields["comment-body"]
    _check_text("comment-body", text)
    if len(text) > LONGEST_FIELD:
        raise _Broken(f"comment-body has {len(text)} characters; allowed are {LONGEST_FIELD}")
    return Statement(id, Count(row.size("agrees"), row.size("disagrees"), 0), text)


def _vote(row: _Row, statements: Mapping[int, Statement], refused: set[int]) -> Vote:
    statement = row.number("comment-id")
    if statement not in statements:
        why = "whose row there is broken" if statement in refused else "which is not in comments.csv"
        raise _Broken(f"a vote on comment-id {statement}, {why}; allowed are the statements of comments.csv")
    value = row.number("vote")
    if value not in (1, -1, 0):
        raise _Broken(f"vote is {value}; allowed are 1 (agree), -1 (disagree), 0 (pass)")
    return Vote(row.size("timestamp"), statement, row.size("voter-id"), value, row.line)


def _rows(path: Path, columns: Sequence[str], bad: list[BadRow]) -> Iterator[_Row]:
    """The rows of a CSV file with these columns among others; malformed ones go to `bad`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise TraceError(f"cannot read {path}: {reason}; a trace has comments.csv and votes.csv") from None
    # A stray byte becomes a lone surrogate, so that it is found in the row where it stands.
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    # strict, or an unclosed quotation mark would swallow the rest of the file as one field.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if header is None:
                raise TraceError(f"{path}: the header is not CSV ({error})") from None
            upto = f" and swallows the file up to line {reader.line_num}" if reader.line_num > line else ""
            bad.append(BadRow(path.name, line, f"not CSV: {error}{upto}; close and double quotation marks"))
            continue
        if header is None:
            header = fields
            _check_header(path, header, columns)
        elif fields and len(fields) != len(header):
            bad.append(BadRow(path.name, line, f"{len(fields)} fields; the header names {len(header)}"))
        elif fields:
            yield _Row(line, dict(zip(header, fields, strict=True)))
    if header is None:
        raise TraceError(f"{path} is empty; its first line must name the columns {', '.join(columns)}")


def _check_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        raise TraceError(
            f"{path}: no column {', '.join(missing)} on line 1, which has {_shown(', '.join(header))}; "
            f"needed are {', '.join(columns)}"
        )


def _check_text(column: str, text: str) -> None:
    for place, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            raise _Broken(
                f"{column} is not UTF-8: byte 0x{ord(character) - 0xDC00:02x} after {place} characters; "
                "save the file as UTF-8"
            )


def _shown(text: str) -> str:
    cut = text if len(text) <= 60 else text[:60] + "…"
    return repr(cut.encode(errors="replace").decode())
