"""Narrowing what a node answers, where web3.py's formatting is left out: objects, lists, numbers, bytes."""

from collections.abc import Mapping, Sequence

from eth_utils.conversions import to_int
from hexbytes import HexBytes

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


def as_quantity(value: object) -> int:
    """A number: in hex with 0x, or as web3.py has read it."""
    if isinstance(value, int):
        return value
    try:
        return to_int(hexstr=as_text(value))
    except ValueError as error:
        raise BadAnswer(f"a quantity was expected, the node answered {value!r:.80}") from error


def as_bytes(value: object) -> bytes:
    """Bytes: in hex with 0x, or as web3.py has read them."""
    if isinstance(value, bytes):
        return value
    try:
        return HexBytes(as_text(value))
    except ValueError as error:
        raise BadAnswer(f"bytes in hex were expected, the node answered {value!r:.80}") from error


def as_text(value: object) -> str:
    if not isinstance(value, str):
        raise BadAnswer(f"a string was expected, the node answered {value!r:.80}")
    return value
