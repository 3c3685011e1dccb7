"""Whose keys a verifier believes, and when: pinned keys with their periods, and who controls a key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from consultation.core import integrity, multikey
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.moments import ALWAYS, Period
from consultation.core.multikey import PublicKey


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """A key that a verifier believes to be an issuer's, in a period that a rotation or a theft ends.

    What bounds it is the moment that a credential claims (`validFrom`). Who has stolen a retired key can
    claim an earlier one; what such a forger cannot do is put a checkpoint on the ledger of that time.
    """

    key: PublicKey
    period: Period = ALWAYS

    def to_json(self) -> Json:
        """The Multikey alone where there is no period."""
        if not self.period.bounded:
            return self.key.multikey
        bounds = {"from": self.period.since, "until": self.period.until}
        return {"key": self.key.multikey, **{name: text for name, text in bounds.items() if text}}

    @classmethod
    def parse(cls, method: str, value: Json) -> Self:
        """A Multikey, or an object {key, from, until} with at least the key. Raises ValueError."""
        parts = value if isinstance(value, Mapping) else {"key": value}
        texts = {name: text for name, text in parts.items() if isinstance(text, str)}
        if not {"key"} <= texts.keys() <= {"key", "from", "until"} or len(texts) < len(parts):
            raise ValueError(f"{method}: a pinned key is a Multikey, or an object of texts: key, from, until")
        try:
            period = Period(texts.get("from", ""), texts.get("until", ""))
            return cls(multikey.parse(texts["key"]), period)
        except ValueError as error:
            raise ValueError(f"{method}: {error}") from error

    def check(self, link: str, method: str, moment: str) -> None:
        """Raises VerificationError(link) where the key was not the issuer's at `moment`."""
        if not self.period.bounded:
            return
        try:
            held = self.period.holds(moment)
        except ValueError as error:
            raise VerificationError(link, f"validFrom: {error}") from error
        if not held:
            raise VerificationError(link, f"{method} is pinned {self.period}; this was signed at {moment}")


def issuer_of(credential: Mapping[str, Json]) -> str:
    """The issuer's DID: VC 2.0 allows `issuer` to be a URL or an object with an id."""
    issuer = credential.get("issuer")
    return str(issuer.get("id") if isinstance(issuer, Mapping) else issuer)


def controller(credential: Mapping[str, Json]) -> tuple[str, str]:
    """The credential's verification method and the issuer that controls it.

    Raises VerificationError('credential-proof') on a proof that is none, and VerificationError('issuer') when
    the method is not the issuer's.
    """
    method, did = integrity.verification_method(credential), issuer_of(credential)
    if method.partition("#")[0] != did:
        raise VerificationError("issuer", f"the key {method!r} is not controlled by the issuer {did!r}")
    return method, did


def under(did: str, keys: Mapping[str, PinnedKey]) -> Iterator[tuple[str, PinnedKey]]:
    """The pinned keys of one issuer, with their methods."""
    for method, pinned in keys.items():
        if method.partition("#")[0] == did:
            yield method, pinned
