"""Canonical JSON, RFC 8785 (JCS), for values of strings, integers, booleans, lists and objects.

Floats are refused: no signed value of this project is one. For what is left the standard library's encoder
writes the very bytes that RFC 8785 asks for, several times faster than the package `rfc8785`, which the
tests compare it with.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import sha256
from json.encoder import encode_basestring

MAX_DEPTH = 32
"""Nesting allowed; a stated bound, since Python's own depends on how deep the caller stands."""
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
"""Strings, to be passed over, and brackets."""
MAX_INTEGER = 2**53 - 1
"""I-JSON, RFC 7493, section 2.2: every implementation reads integers up to here alike."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def encode(value: Json) -> bytes:
    """The canonical bytes. Raises ValueError on a float, an integer past 2^53 - 1, or deep nesting."""
    return _ENCODER.encode(_ordered(value, MAX_DEPTH)).encode()


def encode_texts(*texts: str) -> bytes:
    """`encode` of a list of texts, three times as fast: what is hashed and sealed is mostly that."""
    return f"[{','.join(map(encode_basestring, texts))}]".encode()


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, hex. Raises ValueError like `encode`."""
    return sha256(encode(value)).hexdigest()


def decode(data: bytes) -> Json:
    """Parse JSON. Raises ValueError on repeated names, floats, deep nesting, and what is not UTF-8."""
    _check_brackets(data)
    try:
        parsed: Json = json.loads(
            data.decode(), object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float
        )
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON in UTF-8: {error}") from error
    return parsed


def decode_canonical(data: bytes) -> Json:
    """Parse JSON that must be exactly its own canonical form. Raises ValueError."""
    value = decode(data)
    if encode(value) != data:
        raise ValueError("the bytes are not in the canonical form of RFC 8785")
    return value


def nfc(text: str) -> str:
    """Unicode form NFC, in which every text of this project is kept."""
    return unicodedata.normalize("NFC", text)


def _check_brackets(data: bytes) -> None:
    """Refuse deep nesting before the parser recurses into it.

    How deep the parser may go is the process's setting; a library may raise it past what the stack bears.
    """
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _BRACKETS.finditer(data):
        found = token.group()
        if found in b"[{":
            depth += 1
        elif found in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise ValueError(f"lists and objects stand at most {MAX_DEPTH} deep in each other")


def _ordered(value: Json, depth: int) -> Json:
    """Plain lists, and dicts in the order of their names' UTF-16 code units: RFC 8785 3.2.3."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"integers are at most 2^53 - 1 either way, found {value}")
        return value
    if isinstance(value, float):
        raise ValueError(f"numbers are integers, found {value!r}")
    if isinstance(value, bytes | bytearray):  # for the type checker a sequence of integers
        raise ValueError("bytes have no form in JSON: write them as hex")
    if depth == 0:
        raise ValueError(f"lists and objects stand at most {MAX_DEPTH} deep in each other")
    # A text is what most items are: seen here, it costs no call.
    if isinstance(value, dict | Mapping):
        # Code points and UTF-16 code units order ASCII alike.
        names = sorted(value, key=None if all(map(str.isascii, value)) else _utf_16)
        return {
            name: item if type(item := value[name]) is str else _ordered(item, depth - 1) for name in names
        }
    return [item if type(item) is str else _ordered(item, depth - 1) for item in value]


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-be")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _no_float(text: str) -> Json:
    raise ValueError(f"numbers are integers, found {text}")
