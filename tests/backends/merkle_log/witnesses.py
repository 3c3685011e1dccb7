"""A policy with four witnesses, their cosignatures by the tests' own hand, and pins that are none."""

from hashlib import sha256

from nacl.signing import SigningKey

from consultation.core.canonical import Json
from consultation.core.checkpoint import Policy
from consultation.core.note import KeyType, NoteKey, Signature
from tests.backends.merkle_log.conftest import OPERATOR, ORIGIN

WITNESSES = [SigningKey(sha256(f"witness {number}".encode()).digest()) for number in range(4)]
STRANGER = SigningKey(b"s" * 32)
TIME_S = 1_700_000_000


def key_of(number: int, key: SigningKey) -> NoteKey:
    return NoteKey(f"witness-{number}.example", KeyType.COSIGNATURE_V1, bytes(key.verify_key))


OPERATOR_KEY = NoteKey(ORIGIN, KeyType.ED25519, bytes(OPERATOR.verify_key))
POLICY = Policy(OPERATOR_KEY, tuple(key_of(*pair) for pair in enumerate(WITNESSES)), 3)
BAD_PINS: list[dict[str, Json]] = [
    {"backend": "signed-db"},
    {"vkey": 7},
    {"vkey": "nonsense"},
    {"witnesses": None},
    {"witnesses": ["nonsense"]},
    {"witnesses": [OPERATOR_KEY.vkey] * 3},
    {"witnesses": [POLICY.witnesses[0].vkey] * 3},
    {"quorum": True},
    {"quorum": 5},
    {"quorum": -1},
    {"quorum": "3"},
]
"""Each in place of what the policy's pins say."""


def cosign(text: str, number: int, key: SigningKey) -> Signature:
    """As c2sp.org/tlog-cosignature has it; a stranger's too stands under the witness's name."""
    signed = key.sign(f"cosignature/v1\ntime {TIME_S}\n{text}".encode()).signature
    public = key_of(number, WITNESSES[number])
    return Signature(public.name, public.id, TIME_S.to_bytes(8, "big") + signed)
