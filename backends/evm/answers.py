"""Reading a node's JSON answers: quantities, byte strings, objects, or BadAnswer saying what was there."""

from collections.abc import Mapping, Sequence

from consultation.core.canonical import Json


class BadAnswer(Exception):
    """A node answered something that is not of the form that Ethereum's JSON-RPC promises."""


def as_object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise BadAnswer(f"an object was expected, the node answered {value!r:.80}")
    return value


def as_list(value: Json) -> Sequence[Json]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadAnswer(f"a list was expected, the node answered {value!r:.80}")
    return value


def as_text(value: Json) -> str:
    if not isinstance(value, str):
        raise BadAnswer(f"a string was expected, the node answered {value!r:.80}")
    return value


def as_quantity(value: Json) -> int:
    """A number in hex with 0x."""
    try:
        return int(as_text(value), 16)
    except ValueError as error:
        raise BadAnswer(f"a quantity was expected, the node answered {value!r:.80}") from error


def as_bytes(value: Json) -> bytes:
    """Bytes in hex with 0x."""
    text = as_text(value)
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise BadAnswer(f"bytes in hex were expected, the node answered {value!r:.80}") from error


def hexed(value: bytes) -> str:
    return "0x" + value.hex()
