"""The ABI encoding of an entry (a single `bytes`, as in an event), and of the constructor's writers."""

from collections.abc import Sequence

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError


def encode_bytes(value: bytes) -> bytes:
    """Offset, length, the bytes padded to whole words."""
    return encode(["bytes"], [value])


def decode_bytes(data: bytes) -> bytes:
    """The inverse of `encode_bytes`, of its only form. Raises ValueError."""
    try:
        [value] = decode(["bytes"], data)
    except (DecodingError, OverflowError) as error:
        raise ValueError(f"not one ABI-encoded byte string: {error}") from error
    if not isinstance(value, bytes) or encode_bytes(value) != data:
        raise ValueError(f"not one ABI-encoded byte string: {len(data)} bytes in another form")
    return value


def encode_addresses(addresses: Sequence[bytes]) -> bytes:
    """The constructor's one argument, to be put behind the bytecode."""
    return encode(["address[]"], [list(addresses)])
