"""Whom a verifier of the log believes, as pins, as a C2SP policy file, and as traits."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from backends.merkle_log.tiles import MAX_ENTRY_BYTES
from consultation.core.canonical import Json
from consultation.core.checkpoint import Policy
from consultation.core.ledger import AdmissionBy, Durability, Traits
from consultation.core.note import KeyType, NoteKey

if TYPE_CHECKING:
    from backends.merkle_log.time_stamp import PinnedAuthority


def to_pins(policy: Policy, mirror: NoteKey | None = None, tsa: Sequence[str] = ()) -> Mapping[str, Json]:
    """A `mirror` has to cosign each head too, and one of `tsa`, certificates, to stand over its time stamp.

    A verifier that does not know these two pins asks for less.
    """
    return {
        "backend": "merkle-log",
        "vkey": policy.operator.vkey,
        "witnesses": [witness.vkey for witness in policy.witnesses],
        "quorum": policy.quorum,
        **({} if mirror is None else {"mirror": mirror.vkey}),
        **({"tsa": list(tsa)} if tsa else {}),
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
    keys = [_cosigner("witness", witness) for witness in witnesses]
    if len({key.public for key in keys}) != len(keys):
        raise ValueError("a witness is pinned twice: each key counts once")
    return Policy(NoteKey.parse(vkey), tuple(keys), quorum)


def mirror_from_pins(pins: Mapping[str, Json]) -> NoteKey | None:
    """The mirror's key, where one is pinned. Raises ValueError."""
    return _cosigner("mirror", pins["mirror"]) if "mirror" in pins else None


def authority_from_pins(pins: Mapping[str, Json]) -> "PinnedAuthority | None":
    """The time-stamp authority, where one is pinned. Raises ValueError."""
    if "tsa" not in pins:
        return None
    from backends.merkle_log.time_stamp import PinnedAuthority

    return PinnedAuthority.parse(pins["tsa"])


def _cosigner(who: str, pinned: Json) -> NoteKey:
    key = NoteKey.parse(pinned) if isinstance(pinned, str) else None
    if key is None or key.type is not KeyType.COSIGNATURE_V1:
        raise ValueError(f"a {who} is pinned by a key of type cosignature/v1, found {pinned!r}")
    return key


def to_file(policy: Policy, mirror: NoteKey | None = None) -> str:
    """The policy as c2sp.org/tlog-policy writes it, without addresses of witnesses: verifying needs none."""
    lines = [f"log {policy.operator.vkey}"]
    names = [f"w{number}" for number in range(1, len(policy.witnesses) + 1)]
    lines += [f"witness {name} {key.vkey}" for name, key in zip(names, policy.witnesses, strict=True)]
    asked = []
    if policy.quorum:
        lines.append(f"group witnesses {policy.quorum} {' '.join(names)}")
        asked.append("witnesses")
    if mirror is not None:
        lines.append(f"witness mirror {mirror.vkey}")
        asked.append("mirror")
    if len(asked) == 2:
        lines.append("group both all witnesses mirror")
        asked = ["both"]
    lines.append(f"quorum {asked[0] if asked else 'none'}")
    return "\n".join(lines) + "\n"


def traits(policy: Policy, mirror: NoteKey | None = None, *, time_stamped: bool = False) -> Traits:
    """Two conflicting heads need the operator, a mirror where there is one, and a quorum of witnesses each:
    those in both have to lie.

    A time-stamp authority is no such party: it stamps whatever it is given, two histories too.
    """
    count = len(policy.witnesses)
    in_both = max(0, 2 * policy.quorum - count)
    vouching = [f"{policy.quorum} of {count} witnesses"] if policy.quorum else []
    vouching += ["a mirror"] if mirror is not None else []
    return Traits(
        name="merkle-log",
        durability=Durability.POWER,
        admission=AdmissionBy.SERVICE,
        inclusion=True,
        consistency=True,
        max_entry_bytes=MAX_ENTRY_BYTES,
        voucher=(" and ".join(vouching) or "the operator alone")
        + (", time-stamped by an outside authority" if time_stamped else ""),
        parties=1 + in_both + (mirror is not None),
    )
