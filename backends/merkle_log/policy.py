"""Whom a verifier of the log believes, as pins, as a C2SP policy file, and as traits."""

from collections.abc import Mapping

from backends.merkle_log.tiles import MAX_ENTRY_BYTES
from consultation.core.canonical import Json
from consultation.core.checkpoint import Policy
from consultation.core.ledger import AdmissionBy, Durability, Traits
from consultation.core.note import KeyType, NoteKey


def to_pins(policy: Policy) -> Mapping[str, Json]:
    return {
        "backend": "merkle-log",
        "vkey": policy.operator.vkey,
        "witnesses": [witness.vkey for witness in policy.witnesses],
        "quorum": policy.quorum,
    }


def from_pins(pins: Mapping[str, Json]) -> Policy:
    """Raises ValueError on pins that are not this backend's."""
    if pins.get("backend") != "merkle-log":
        raise ValueError(f"these pins are for {pins.get('backend')!r}, not for 'merkle-log'")
    vkey, witnesses, quorum = pins.get("vkey"), pins.get("witnesses"), pins.get("quorum")
    if not isinstance(vkey, str) or not isinstance(witnesses, list | tuple):
        raise ValueError("the pins of merkle-log hold the operator's 'vkey' and a list of 'witnesses'")
    if not isinstance(quorum, int) or isinstance(quorum, bool):
        raise ValueError("the pins of merkle-log hold a 'quorum', a number of witnesses")
    keys = []
    for witness in witnesses:
        key = NoteKey.parse(witness) if isinstance(witness, str) else None
        if key is None or key.type is not KeyType.COSIGNATURE_V1:
            raise ValueError(f"a witness is pinned by a key of type cosignature/v1, found {witness!r}")
        keys.append(key)
    if len({key.public for key in keys}) != len(keys):
        raise ValueError("a witness is pinned twice: each key counts once")
    return Policy(NoteKey.parse(vkey), tuple(keys), quorum)


def to_file(policy: Policy) -> str:
    """The policy as c2sp.org/tlog-policy writes it, without addresses of witnesses: verifying needs none."""
    lines = [f"log {policy.operator.vkey}"]
    names = [f"w{number}" for number in range(1, len(policy.witnesses) + 1)]
    lines += [f"witness {name} {key.vkey}" for name, key in zip(names, policy.witnesses, strict=True)]
    if policy.quorum:
        lines += [f"group witnesses {policy.quorum} {' '.join(names)}", "quorum witnesses"]
    else:
        lines.append("quorum none")
    return "\n".join(lines) + "\n"


def traits(policy: Policy) -> Traits:
    """Two conflicting heads need the operator, and a quorum of witnesses each: those in both have to lie."""
    count = len(policy.witnesses)
    in_both = max(0, 2 * policy.quorum - count)
    return Traits(
        name="merkle-log",
        durability=Durability.POWER,
        admission=AdmissionBy.SERVICE,
        inclusion=True,
        consistency=True,
        max_entry_bytes=MAX_ENTRY_BYTES,
        voucher=f"{policy.quorum} of {count} witnesses" if policy.quorum else "the operator alone",
        parties=1 + in_both,
    )
