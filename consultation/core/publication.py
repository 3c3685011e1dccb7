"""One publication: everybody's certificate, the tree of them, its signed checkpoint, and the status list.

Pure: names and order are drawn by the caller. The order of the ids is the order of the leaves and of the bits
in the status list, so it must not be one that tells who is who.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from nacl.signing import SigningKey

from consultation.core import canonical, certificate, checkpoint, merkle, status_list
from consultation.core.canonical import Json
from consultation.core.certificate import Claims, Issuance
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
) -> Published:
    """Certify participation, once for each id; `method` signs the credentials, by default the unit's key."""
    signer = method or Ed25519Method(issuer.method, unit)

    def one(issuance: Issuance) -> dict[str, Json]:
        return certificate.issue(issuer, claims, issuance, signer)

    return certify(issuer, claims.consulted.consultation, one, ids, created, unit, signer)


def certify(
    issuer: Issuer,
    consultation: str,
    issue: Callable[[Issuance], dict[str, Json]],
    ids: Sequence[str],
    created: str,
    unit: SigningKey,
    method: SigningMethod,
) -> Published:
    """The same for any kind of certificate, each made by `issue`."""
    url = issuer.status_url(consultation)
    written = [
        canonical.encode(issue(Issuance(name, created, StatusEntry(url, index))))
        for index, name in enumerate(ids)
    ]
    tree = merkle.Tree(map(merkle.leaf_hash, written))
    signed = checkpoint.sign(
        Checkpoint(f"{issuer.path}/certificates/{consultation}", tree.size, tree.root()), unit
    )
    status = status_list.issue(url, issuer.to_json(), StatusList.of(len(written)), created, method)
    proofs = (checkpoint.encode_proof(tree, index, signed) for index in range(len(written)))
    return Published(signed.encode(), canonical.encode(status), tuple(zip(written, proofs, strict=True)))
