"""Signing: the same bytes as eth-account's, and the address of a contract before it is there."""

import pytest
from eth_account import Account as Theirs
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from nacl.signing import SigningKey

from backends.evm.transaction import Account, Fees, created_address, operator_secret

SECRET = keccak(b"secret")


@pytest.mark.parametrize("nonce", [0, 1, 127, 128, 70_000])
@pytest.mark.parametrize("data", [b"", b"\x00", bytes(range(256)) * 5])
def test_a_signed_transaction_is_the_one_that_eth_account_signs(nonce: int, data: bytes) -> None:
    to = keccak(b"to")[:20]
    ours = Account(SECRET, 31_337).sign(nonce, to, data, 250_000, Fees(10**12, 3))
    theirs = Theirs.sign_transaction(
        {
            "type": 2,
            "chainId": 31_337,
            "nonce": nonce,
            "maxFeePerGas": 10**12,
            "maxPriorityFeePerGas": 3,
            "gas": 250_000,
            "to": to_checksum_address(to),
            "value": 0,
            "data": data,
        },
        SECRET,
    )
    assert ours.raw == bytes(theirs.raw_transaction)
    assert ours.hash == bytes(theirs.hash)
    assert Theirs.recover_transaction(ours.raw) == Theirs.from_key(SECRET).address
    assert Account(SECRET, 1).address.hex() == Theirs.from_key(SECRET).address[2:].lower()


def test_the_first_contract_of_a_known_account_has_its_known_address() -> None:
    creator = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    known = {
        0: "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        1: "343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        2: "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
    }
    assert {nonce: created_address(creator, nonce).hex() for nonce in known} == known


def test_the_account_follows_from_the_operators_key_and_is_not_that_key() -> None:
    first, second = SigningKey(bytes(32)), SigningKey(b"\x01" * 32)
    assert operator_secret(first) == operator_secret(first) != operator_secret(second)
    assert operator_secret(first) != bytes(first)
