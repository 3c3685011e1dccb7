"""One publication: everybody's certificate, the tree of them, its signed checkpoint, and the status list.

Pure: names and order are drawn by the caller. The order of the ids is the order of the leaves and of the bits
in the status list, so it must not be one that tells who is who.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from nacl.signing import SigningKey

from consultation.core import canonical, certificate, checkpoint, merkle, status_list
from consultation.core.canonical import Json
from consultation.core.certificate import Claims, Consulted, Issuance, UnitOpinion
from consultation.core.checkpoint import Checkpoint
from consultation.core.issuer import Issuer
from consultation.core.multikey import Ed25519Method, SigningMethod
from consultation.core.status_list import StatusEntry, StatusList


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication comes to, as the bytes that are kept and handed out."""

    checkpoint: bytes
    """The unit's signed checkpoint; the ledger's entry 'certified' carries its digest."""
    status: bytes
    """`status.vc.json`, no bit set."""
    certificates: tuple[tuple[bytes, bytes], ...]
    """`certificate.vc.json` and `certificate.tlog-proof`, in the order of the ids."""

    @property
    def digest(self) -> str:
        """SHA-256 of the checkpoint, hex."""
        return sha256(self.checkpoint).hexdigest()


def publish(
    issuer: Issuer,
    claims: Claims,
    ids: Sequence[str],
    created: str,
    unit: SigningKey,
    method: SigningMethod | None = None,
    series: str = "",
) -> Published:
    """Certify participation, once for each id; `method` signs the credentials, by default the unit's key.

    `series` names the tree and the status list, by default by the consultation; certificates that supersede
    earlier ones are another series.
    """
    signer = method or Ed25519Method(issuer.method, unit)
    name = series or claims.consulted.consultation
    made = [
        certificate.issue(issuer, claims, issuance, signer)
        for issuance in _issuances(issuer, name, ids, created)
    ]
    return _published(issuer, name, made, created, unit, signer)


def publish_unit_opinions(
    issuer: Issuer,
    by: str,
    consulted: Consulted,
    opinions: Mapping[str, UnitOpinion],
    created: str,
    unit: SigningKey,
    method: SigningMethod | None = None,
) -> Published:
    """Certify a unit's official opinions, by certificate id; `by` is the name of the unit that asked."""
    signer = method or Ed25519Method(issuer.method, unit)
    name = f"{consulted.consultation}/opinions"
    made = [
        certificate.issue_unit_opinion(issuer, by, consulted, opinions[issuance.id], issuance, signer)
        for issuance in _issuances(issuer, name, list(opinions), created)
    ]
    return _published(issuer, name, made, created, unit, signer)


def snapshot(
    issuer: Issuer, series: str, issued: int, revoked: Iterable[int], as_of: str, method: SigningMethod
) -> bytes:
    """`status.vc.json` of a series as of a moment. Raises ValueError on an index that was not issued."""
    status = StatusList.of(issued, revoked)
    return canonical.encode(
        status_list.issue(issuer.status_url(series), issuer.to_json(), status, as_of, method)
    )


def _issuances(issuer: Issuer, series: str, ids: Sequence[str], created: str) -> Iterator[Issuance]:
    url = issuer.status_url(series)
    for index, name in enumerate(ids):
        yield Issuance(name, created, StatusEntry(url, index))


def _published(
    issuer: Issuer,
    series: str,
    made: Sequence[Mapping[str, Json]],
    created: str,
    unit: SigningKey,
    method: SigningMethod,
) -> Published:
    written = [canonical.encode(credential) for credential in made]
    tree = merkle.Tree(map(merkle.leaf_hash, written))
    origin = f"{issuer.path}/certificates/{series}"
    signed = checkpoint.sign(Checkpoint(origin, tree.size, tree.root()), unit)
    proofs = (checkpoint.encode_proof(tree, index, signed) for index in range(len(written)))
    status = snapshot(issuer, series, len(written), (), created, method)
    return Published(signed.encode(), status, tuple(zip(written, proofs, strict=True)))
