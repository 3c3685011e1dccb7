"""Canonical JSON, RFC 8785 (JCS), for values of strings, integers, booleans, lists and objects.

Floats are refused: no signed value of this project is one.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence

import rfc8785

MAX_DEPTH = 32
"""Nesting allowed; a stated bound, since Python's own depends on how deep the caller stands."""

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def encode(value: Json) -> bytes:
    """The canonical bytes. Raises ValueError on a float, an integer past 2^53 - 1, or deep nesting."""
    try:
        return rfc8785.dumps(_plain(value, MAX_DEPTH))
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def decode(data: bytes) -> Json:
    """Parse JSON. Raises ValueError on repeated names, floats, deep nesting, and what is not UTF-8."""
    try:
        parsed: Json = json.loads(
            data.decode(), object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float
        )
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON in UTF-8: {error}") from error
    return _plain(parsed, MAX_DEPTH)


def decode_canonical(data: bytes) -> Json:
    """Parse JSON that must be exactly its own canonical form. Raises ValueError."""
    value = decode(data)
    if encode(value) != data:
        raise ValueError("the bytes are not in the canonical form of RFC 8785")
    return value


def nfc(text: str) -> str:
    """Unicode form NFC, in which every text of this project is kept."""
    return unicodedata.normalize("NFC", text)


def _plain(value: Json, depth: int) -> Json:
    if isinstance(value, float):
        raise ValueError(f"numbers are integers, found {value!r}")
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, bytes | bytearray):  # for the type checker a sequence of integers
        raise ValueError("bytes have no form in JSON: write them as hex")
    if depth == 0:
        raise ValueError(f"lists and objects stand at most {MAX_DEPTH} deep in each other")
    if isinstance(value, Mapping):
        return {name: _plain(item, depth - 1) for name, item in value.items()}
    return [_plain(item, depth - 1) for item in value]


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _no_float(text: str) -> Json:
    raise ValueError(f"numbers are integers, found {text}")
