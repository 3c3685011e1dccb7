"""The operator's account: signing EIP-1559 transactions with coincurve where it is there, else in Python."""

from dataclasses import dataclass
from hashlib import sha256

import rlp
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from nacl.signing import SigningKey

_TYPE = b"\x02"
_DOMAIN = b"consultation-pilot/evm-account/1\n"


@dataclass(frozen=True, slots=True)
class Fees:
    """Prices of a unit of gas, in wei: at most `cap` in all, of it at most `tip` to the block's producer."""

    cap: int
    tip: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction as sent, and its hash."""

    raw: bytes
    hash: bytes


class Account:
    """A secp256k1 key, and the chain that its signatures are for."""

    def __init__(self, secret: bytes, chain_id: int) -> None:
        self._key = PrivateKey(secret)
        self._chain_id = chain_id
        self.address: bytes = self._key.public_key.to_canonical_address()

    def sign(self, nonce: int, to: bytes, data: bytes, gas: int, fees: Fees) -> Signed:
        """A transaction that carries no value; an empty `to` creates a contract. EIP-1559, EIP-2718."""
        fields = [self._chain_id, nonce, fees.tip, fees.cap, gas, to, 0, data, []]
        parity, r, s = self._key.sign_msg_hash(keccak(_TYPE + rlp.encode(fields))).vrs
        raw = _TYPE + rlp.encode([*fields, parity, r, s])
        return Signed(raw, keccak(raw))


def operator_secret(operator: SigningKey) -> bytes:
    """The account's key where none is given: derived from the operator's, so that one key is kept."""
    return sha256(_DOMAIN + bytes(operator)).digest()


def created_address(creator: bytes, nonce: int) -> bytes:
    """The address of the contract that `creator` makes in its transaction number `nonce`."""
    return keccak(rlp.encode([creator, nonce]))[-20:]
