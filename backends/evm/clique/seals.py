"""Who sealed a Clique header, offline (EIP-225, 'Authorizing a block'), without a node or web3.py."""

from collections.abc import Sequence

import rlp
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from backends.evm.strict_rlp import decode_list
from consultation.core.errors import VerificationError

_LINK = "seals"
_LONDON_FIELDS = 16
_EXTRA_DATA = 12
VANITY_BYTES, SEAL_BYTES = 32, 65


def majority(signers: int) -> int:
    """More than half of them: in a Clique chain no signer seals two of so many blocks in a row."""
    return signers // 2 + 1


def check(headers: Sequence[bytes], signers: Sequence[bytes]) -> None:
    """Each header is sealed by one of the signers, more than half of them seal, none too often.

    Headers are RLP, a block and its descendants. Raises VerificationError('seals').
    """
    needed = majority(len(signers))
    sealed = [signer_of(header) for header in headers]
    for place, signer in enumerate(sealed):
        if signer not in signers:
            raise VerificationError(_LINK, f"header {place} is sealed by 0x{signer.hex()}, who is not pinned")
        if signer in sealed[max(0, place - needed + 1) : place]:
            raise VerificationError(
                _LINK, f"0x{signer.hex()} sealed two of {needed} headers in a row, which Clique forbids"
            )
    if len(set(sealed)) < needed:
        raise VerificationError(
            _LINK, f"{len(set(sealed))} of {len(signers)} signers sealed these headers, {needed} have to"
        )


def signer_of(header: bytes) -> bytes:
    """The address whose key made the seal. Raises VerificationError('seals')."""
    try:
        fields = decode_list(header)
    except ValueError as error:
        raise VerificationError(_LINK, f"a header is an RLP list: {error}") from error
    extra = fields[_EXTRA_DATA] if len(fields) == _LONDON_FIELDS else b""
    if not isinstance(extra, bytes) or len(extra) < VANITY_BYTES + SEAL_BYTES:
        raise VerificationError(
            _LINK, "a Clique header has 16 fields, with a seal of 65 bytes at the end of the extra data"
        )
    unsealed = [*fields[:_EXTRA_DATA], extra[:-SEAL_BYTES], *fields[_EXTRA_DATA + 1 :]]
    try:
        seal = Signature(extra[-SEAL_BYTES:])
        key = seal.recover_public_key_from_msg_hash(keccak(rlp.encode(unsealed)))
    except (BadSignature, ValidationError) as error:
        raise VerificationError(_LINK, f"the seal is no signature: {error}") from error
    return key.to_canonical_address()
