"""Reading `summary.json` back: bytes from outside to a checked table, or a SummaryError."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from consultation.core import canonical, summary
from consultation.core.canonical import Json
from consultation.core.drafts import Outcome, Stance
from consultation.core.people import Audience
from consultation.core.summary import Header, Moderation, Row, State, Summary, SummaryError

Choice = TypeVar("Choice", bound=StrEnum)


def decode(data: bytes) -> Summary:
    """The table in canonical JSON, checked by `summary.check`. Raises SummaryError, nothing else."""
    try:
        value = canonical.decode_canonical(data)
    except ValueError as error:
        raise SummaryError(f"the table is canonical JSON (RFC 8785): {error}") from error
    table = _object(value, "the table")
    if table.get("v") is True or table.get("v") != summary.VERSION:
        raise SummaryError(f"the version of the table is {summary.VERSION}, found {table.get('v')!r}")
    header = Header(
        _text(table, "consultation"),
        _text(table, "title"),
        _text(table, "issuer"),
        _texts(table, "asked"),
        _texts(table, "answered"),
        _count(table, "received"),
        _count(table, "counted"),
        _excluded(table),
    )
    provisions = [_object(one, "a provision") for one in _list(table, "provisions")]
    rows = [_row(_object(one, "a row")) for one in _list(table, "rows")]
    labels = tuple((_text(one, "id"), _text(one, "label")) for one in provisions)
    found = Summary(header, labels, tuple(rows))
    summary.check(found)
    if found.encode() != data:
        raise SummaryError("totals, published or names of the table are not what its rows come to")
    return found


def _row(value: Mapping[str, Json]) -> Row:
    moderation, outcome = _text(value, "moderation"), _text(value, "outcome")
    return Row(
        _text(value, "provision"),
        _choice(Audience, _text(value, "audience")),
        _text(value, "organisation"),
        _choice(Stance, _text(value, "stance")),
        _text(value, "text"),
        _text(value, "proposal"),
        _text(value, "reason"),
        _count(value, "size"),
        _choice(State, _text(value, "state")),
        _choice(Moderation, moderation) if moderation else None,
        _choice(Outcome, outcome) if outcome else None,
        _text(value, "answer"),
    )


def _excluded(table: Mapping[str, Json]) -> Mapping[str, int]:
    reasons = _object(table.get("excluded"), "excluded")
    return {reason: _count(reasons, reason) for reason in reasons}


def _choice(choices: type[Choice], value: str) -> Choice:
    try:
        return choices(value)
    except ValueError:
        allowed = ", ".join(one.value for one in choices)
        raise SummaryError(f"{choices.__name__.lower()} is one of {allowed}; found {value[:80]!r}") from None


def _object(value: Json, what: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise SummaryError(f"{what} is an object, found {str(value)[:80]!r}")
    return value


def _list(value: Mapping[str, Json], name: str) -> Sequence[Json]:
    found = value.get(name)
    if not isinstance(found, list):
        raise SummaryError(f"{name} is a list, found {str(found)[:80]!r}")
    return found


def _text(value: Mapping[str, Json], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise SummaryError(f"{name} is a text, found {str(found)[:80]!r}")
    return found


def _texts(value: Mapping[str, Json], name: str) -> tuple[str, ...]:
    found = _list(value, name)
    return tuple(_text({name: one}, name) for one in found)


def _count(value: Mapping[str, Json], name: str) -> int:
    found = value.get(name)
    if type(found) is not int or not 0 <= found <= canonical.MAX_INTEGER:
        raise SummaryError(f"{name} is a count from 0 to 2^53 - 1, found {str(found)[:80]!r}")
    return found
