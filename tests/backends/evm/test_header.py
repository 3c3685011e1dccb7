"""Headers: rebuilt from a node's JSON only where the hash says that they are whole."""

import pytest
from eth_utils.crypto import keccak
from eth_utils.hexadecimal import encode_hex

from backends.evm.answers import BadAnswer
from backends.evm.header import decode_header, encode_header
from backends.evm.strict_rlp import decode_list
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from tests.backends.evm.tries import encoded_rlp, header

NAMES = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
    *(
        "baseFeePerGas",
        "withdrawalsRoot",
        "blobGasUsed",
        "excessBlobGas",
        "parentBeaconBlockRoot",
        "requestsHash",
    ),
)
NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", *NAMES[15:16], *NAMES[17:19]}


def described(encoded: bytes) -> dict[str, Json]:
    """A block as a node would describe it."""
    found: dict[str, Json] = {"hash": encode_hex(keccak(encoded)), "transactions": [], "size": "0x1"}
    for name, field in zip(NAMES, decode_list(encoded), strict=False):
        assert isinstance(field, bytes)
        found[name] = hex(int.from_bytes(field, "big")) if name in NUMBERS else encode_hex(field)
    return found


@pytest.mark.parametrize("forks", range(7))
def test_a_header_of_every_fork_is_rebuilt_and_read_back(forks: int) -> None:
    encoded = header(12, keccak(b"parent"), keccak(b"state"), newest=forks)
    assert encode_header(described(encoded)) == encoded
    read = decode_header(encoded)
    assert (read.hash, read.parent, read.state_root, read.number) == (
        keccak(encoded),
        keccak(b"parent"),
        keccak(b"state"),
        12,
    )


def test_seals_under_the_name_that_web3_gives_them_are_the_extra_data() -> None:
    encoded = header(12, keccak(b"parent"), keccak(b"state"))
    block = described(encoded)
    block["proofOfAuthorityData"] = block.pop("extraData")
    assert encode_header(block) == encoded


def test_a_hash_that_is_not_the_headers_is_not_passed_on() -> None:
    block = described(header(12, keccak(b"parent"), keccak(b"state")))
    for name in ("stateRoot", "parentHash", "hash"):
        with pytest.raises(BadAnswer, match="cannot be proven"):
            encode_header({**block, name: encode_hex(keccak(b"another"))})


@pytest.mark.parametrize("encoded", [b"", b"\x80", b"\xc0", encoded_rlp([b""] * 15), encoded_rlp([[]] * 16)])
def test_what_is_no_header_is_refused(encoded: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        decode_header(encoded)
    assert caught.value.link == "header"
