"""The signers' seals, checked offline: honest heads hold, and each forgery is refused by its link."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from backends.evm.clique import seals
from backends.evm.strict_rlp import decode_list
from backends.evm.verifier import CLIQUE_RULE, RULE, EvmHeads, Pins
from consultation.core.errors import VerificationError
from tests.backends.evm.tries import Forger, address, encoded_rlp, header, pins, sealed

KEYS = [keccak(b"signer %d" % number) for number in range(4)]
SIGNERS = tuple(sorted(map(address, KEYS)))
STRANGER = keccak(b"stranger")
PINS = replace(pins(confirmations=3), signers=SIGNERS)
ENTRIES = [b"entry %d" % number for number in range(5)]
HONEST = Forger(ENTRIES, confirmations=3, sealers=KEYS)


def plain(number: int, *, newest: int = 1) -> bytes:
    return header(number, keccak(b"parent"), keccak(b"state"), newest=newest)


def refuses(headers: Sequence[bytes], why: str, signers: Sequence[bytes] = SIGNERS) -> None:
    with pytest.raises(VerificationError, match=why) as caught:
        seals.check(headers, signers)
    assert caught.value.link == "seals"


def test_a_head_holds_that_more_than_half_of_the_pinned_signers_sealed() -> None:
    EvmHeads(PINS).check_head(HONEST.head())
    EvmHeads(PINS).check_head(replace(HONEST, sealers=KEYS[:3]).head())
    EvmHeads(replace(PINS, confirmations=0, signers=SIGNERS[:1])).check_head(
        replace(HONEST, confirmations=0, sealers=[key for key in KEYS if address(key) == SIGNERS[0]]).head()
    )


FORGERIES: list[tuple[str, Sequence[bytes]]] = [
    ("two of 3 headers in a row", KEYS[:2]),
    ("two of 3 headers in a row", KEYS[:1]),
    ("who is not pinned", [*KEYS[:3], STRANGER]),
    ("who is not pinned", [STRANGER]),
    ("16 fields", []),
]


@pytest.mark.parametrize(("why", "sealers"), FORGERIES)
def test_a_head_that_others_or_too_few_sealed_is_refused(why: str, sealers: Sequence[bytes]) -> None:
    """Everything else about it is right: the operator has signed it, and the state is proven."""
    with pytest.raises(VerificationError, match=why) as caught:
        EvmHeads(PINS).check_head(replace(HONEST, sealers=sealers).head())
    assert caught.value.link == "seals"


def test_half_of_the_signers_are_too_few() -> None:
    refuses([sealed(plain(number), KEYS[number]) for number in (1, 2)], "2 of 4 signers sealed")


def cut(encoded: bytes, n: int) -> bytes:
    fields = list(decode_list(encoded))
    extra = fields[12]
    assert isinstance(extra, bytes)
    fields[12] = extra[:n]
    return encoded_rlp(fields)


def with_state(encoded: bytes) -> bytes:
    fields = list(decode_list(encoded))
    fields[3] = keccak(b"another state")
    return encoded_rlp(fields)


def third_key(encoded: bytes) -> bytes:
    """The seal's last byte, which tells one of two keys, tells of a third."""
    fields = list(decode_list(encoded))
    extra = fields[12]
    assert isinstance(extra, bytes)
    fields[12] = extra[:-1] + b"\x07"
    return encoded_rlp(fields)


DAMAGES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("16 fields, with a seal of 65 bytes", lambda encoded: cut(encoded, 96)),
    ("is no signature", third_key),
    ("who is not pinned", with_state),
    ("an RLP list", lambda encoded: encoded[:-1]),
]


@pytest.mark.parametrize(("why", "damage"), DAMAGES)
def test_a_damaged_seal_is_refused(why: str, damage: Callable[[bytes], bytes]) -> None:
    headers = [sealed(plain(number), KEYS[number]) for number in range(3)]
    seals.check(headers, SIGNERS)
    refuses([headers[0], damage(headers[1]), headers[2]], why)


def test_a_header_of_a_later_fork_is_not_cliques() -> None:
    """Its hash would cover fields that the seal does not."""
    refuses([sealed(plain(1, newest=2), KEYS[0])], "16 fields")


def test_pins_with_signers_survive_json_and_wrong_ones_are_refused() -> None:
    kept = json.loads(json.dumps(PINS.to_json()))
    assert Pins.from_json(kept) == PINS
    assert kept["rule"] == CLIQUE_RULE
    for wrong in ([], [SIGNERS[0].hex()] * 2, ["12"], ["no hex"], "text", [1]):
        with pytest.raises(ValueError, match="signers"):
            Pins.from_json({**kept, "signers": wrong})
    with pytest.raises(ValueError, match="rule"):
        Pins.from_json({**kept, "rule": RULE})
    del kept["signers"]
    with pytest.raises(ValueError, match="rule"):
        Pins.from_json(kept)
