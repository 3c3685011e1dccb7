"""The receipt: a signed promise, given at submission, that an entry will be on the ledger within a delay.

Signed JSON: Ed25519 over a domain line and the canonical JSON of all fields but the signature. It names
the entry only by its leaf hash, so that it can be shown without showing the opinion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError

_DOMAIN = b"consultation-receipt/1\n"
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service promises."""

    consultation: str
    opinion: str
    """The service's id of the opinion."""
    leaf: str
    """Leaf hash of the promised entry, hex."""
    accepted: str
    """When it was accepted: RFC 3339, UTC."""
    within_s: int
    """The entry is provable at most this many seconds after `accepted`."""


def sign(receipt: Receipt, key: SigningKey) -> dict[str, Json]:
    """The receipt as JSON with `key` and `signature` in hex."""
    body: dict[str, Json] = {
        "consultation": receipt.consultation,
        "opinion": receipt.opinion,
        "leaf": receipt.leaf,
        "accepted": receipt.accepted,
        "within_s": receipt.within_s,
        "key": bytes(key.verify_key).hex(),
    }
    return {**body, "signature": key.sign(_DOMAIN + canonical.encode(body)).signature.hex()}


def verify(signed: Json, service_key: str) -> Receipt:
    """Check a receipt under the service's pinned key (hex). Raises VerificationError('receipt')."""
    names = {"consultation", "opinion", "leaf", "accepted", "within_s", "key", "signature"}
    if not isinstance(signed, Mapping) or signed.keys() != names:
        raise VerificationError("receipt", f"a receipt has exactly {', '.join(sorted(names))}")
    body = {name: value for name, value in signed.items() if name != "signature"}
    if body["key"] != service_key:
        raise VerificationError("receipt", "the receipt is not by the pinned service key")
    signature = str(signed["signature"])
    try:
        if not _SIGNATURE.fullmatch(signature):
            raise ValueError("a signature is 128 hex digits")
        message = _DOMAIN + canonical.encode(body)
        VerifyKey(bytes.fromhex(service_key)).verify(message, bytes.fromhex(signature))
    except (BadSignatureError, ValueError) as error:
        raise VerificationError("receipt", "the service's signature does not hold") from error
    match body:
        case {
            "consultation": str(consultation),
            "opinion": str(opinion),
            "leaf": str(leaf),
            "accepted": str(accepted),
            "within_s": int(within_s),
        } if type(within_s) is int:
            return Receipt(consultation, opinion, leaf, accepted, within_s)
    raise VerificationError("receipt", "within_s is a number of seconds, all other fields are texts")
