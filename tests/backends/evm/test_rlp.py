"""RLP as the verifier reads it: the examples of the Yellow Paper's appendix, and one form only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.evm import strict_rlp
from backends.evm.strict_rlp import Item
from tests.backends.evm.tries import encoded_rlp

EXAMPLES: list[tuple[Item, str]] = [
    (b"", "80"),
    (b"\x00", "00"),
    (b"\x7f", "7f"),
    (b"\x80", "8180"),
    (b"dog", "83646f67"),
    ([], "c0"),
    ([b"cat", b"dog"], "c88363617483646f67"),
    ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
    (b"a" * 55, "b7" + "61" * 55),
    (b"a" * 56, "b838" + "61" * 56),
    (b"a" * 1024, "b90400" + "61" * 1024),
    ([b"a" * 60], "f83eb83c" + "61" * 60),
]

items = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20)


@pytest.mark.parametrize(("item", "encoded"), EXAMPLES)
def test_the_known_examples_encode_and_decode(item: Item, encoded: str) -> None:
    assert encoded_rlp(item).hex() == encoded
    assert strict_rlp.decode(bytes.fromhex(encoded)) == item


@given(items)
def test_what_was_encoded_decodes_to_itself(item: Item) -> None:
    assert strict_rlp.decode(encoded_rlp(item)) == item


@given(st.binary(max_size=40))
def test_bytes_that_decode_are_the_only_encoding_of_what_they_mean(data: bytes) -> None:
    try:
        item = strict_rlp.decode(data)
    except ValueError:
        return
    assert encoded_rlp(item) == data


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "8100",
        "817f",
        "b801ff",
        "b837" + "61" * 55,
        "b90001ff",
        "83646f",
        "c3c0",
        "c88363617483646f",
        "8080",
        "bf",
    ],
)
def test_another_form_or_a_cut_one_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError, match="RLP"):
        strict_rlp.decode(bytes.fromhex(encoded))


def test_a_deep_nest_is_refused_and_does_not_exhaust_the_stack() -> None:
    for encoded in (nested(17), nested(500), nested(2_000)):
        with pytest.raises(ValueError, match="nests too deeply"):
            strict_rlp.decode(encoded)


def nested(lists: int) -> bytes:
    """Lists in one another, written from the inside: no encoder's own stack is in the way."""
    encoded = b"\xc0"
    for _ in range(lists - 1):
        size = len(encoded)
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        encoded = (bytes([0xC0 + size]) if size < 56 else bytes([0xF7 + len(length)]) + length) + encoded
    return encoded
