"""W3C Bitstring Status List v1.0: which certificates a unit has revoked, one bit each, as a credential.

A bundle carries a snapshot, so a verifier knows the state as of the snapshot's `validFrom` and no later. A
bit is set when a certificate is superseded, because a response changed after publication, or taken back.
"""

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from consultation.core import integrity
from consultation.core.canonical import Json
from consultation.core.multikey import SigningMethod

CONTEXTS = ("https://www.w3.org/ns/credentials/v2",)
PURPOSE = "revocation"
MIN_ENTRIES = 131_072
"""So that asking for a list tells nobody which certificate is meant: v1.0, 3.2."""
MAX_ENTRIES = 2**27
"""Ours: 16 MiB inflated, more than the city has people; a bound on what a small text can unfold to."""
_ENTRY = {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"}
# RFC 1952 2.3: no file name, no time, strongest compression, unknown system: nothing of this machine.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


@dataclass(frozen=True, slots=True)
class StatusList:
    """The bits; index 0 is the left-most, the highest bit of the first byte (v1.0, 2.2)."""

    bits: bytes

    @classmethod
    def of(cls, issued: int, revoked: Iterable[int] = ()) -> Self:
        """A list for `issued` certificates; raises ValueError on an index outside it."""
        entries = max(MIN_ENTRIES, issued)
        if entries > MAX_ENTRIES:
            raise ValueError(f"a status list has at most {MAX_ENTRIES} entries, found {issued}")
        bits = bytearray((entries + 7) // 8)
        for index in revoked:
            if not 0 <= index < issued:
                raise ValueError(f"the list is for {issued} certificates, there is none at {index}")
            bits[index // 8] |= 0x80 >> index % 8
        return cls(bytes(bits))

    @property
    def entries(self) -> int:
        return 8 * len(self.bits)

    def is_set(self, index: int) -> bool:
        """Raises ValueError outside the list."""
        if not 0 <= index < self.entries:
            raise ValueError(f"the status list has {self.entries} entries, none at {index}")
        return bool(self.bits[index // 8] & 0x80 >> index % 8)

    def encode(self) -> str:
        """Multibase base64url of gzip (v1.0, 3.3): the same bytes wherever zlib is the same."""
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        trailer = zlib.crc32(self.bits).to_bytes(4, "little") + len(self.bits).to_bytes(4, "little")
        data = _GZIP_HEADER + packer.compress(self.bits) + packer.flush() + trailer
        return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read an encoded list of anybody's. Raises ValueError."""
        data = _base64url(text)
        unpacker = zlib.decompressobj(31)  # 16 + 15: gzip and nothing else
        try:
            bits = unpacker.decompress(data, MAX_ENTRIES // 8 + 1)
        except zlib.error as error:
            raise ValueError(f"an encoded status list is gzip: {error}") from error
        if len(bits) > MAX_ENTRIES // 8:
            raise ValueError(f"a status list has at most {MAX_ENTRIES} entries, this one unfolds to more")
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("an encoded status list is exactly one gzip member, this one is cut or goes on")
        if 8 * len(bits) < MIN_ENTRIES:
            raise ValueError(f"a status list has at least {MIN_ENTRIES} entries, found {8 * len(bits)}")
        return cls(bits)


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """Where a certificate's bit stands: the list's URL and the index in it."""

    url: str
    index: int

    def to_json(self) -> dict[str, Json]:
        return {
            "id": f"{self.url}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": PURPOSE,
            "statusListIndex": str(self.index),
            "statusListCredential": self.url,
        }

    @classmethod
    def parse(cls, value: Json) -> Self:
        """Read `credentialStatus`. Raises ValueError."""
        if not isinstance(value, Mapping) or value.keys() != _ENTRY:
            raise ValueError(f"credentialStatus has exactly {', '.join(sorted(_ENTRY))}")
        index, url = value["statusListIndex"], value["statusListCredential"]
        if not isinstance(url, str) or not isinstance(index, str):
            raise ValueError("statusListCredential and statusListIndex are texts")
        if not (index.isascii() and index.isdigit()) or len(index) > 9 or index != str(int(index)):
            raise ValueError(f"statusListIndex is a decimal number, found {index[:30]!r}")
        entry = cls(url, int(index))
        if value != entry.to_json():
            raise ValueError(
                f"credentialStatus is a BitstringStatusListEntry for {PURPOSE!r}, and its id fits it"
            )
        return entry


def issue(
    url: str, issuer: Mapping[str, Json], status: StatusList, created: str, method: SigningMethod
) -> dict[str, Json]:
    """The signed list as it stands at `created` (RFC 3339, UTC); `issuer` is as in the certificates."""
    document: dict[str, Json] = {
        "@context": list(CONTEXTS),
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": created,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": PURPOSE,
            "encodedList": status.encode(),
        },
    }
    return integrity.sign(document, method, created)


def read(credential: Mapping[str, Json], url: str) -> StatusList:
    """The bits in the list published at `url`; its signature is not looked at. Raises ValueError."""
    subject = credential.get("credentialSubject")
    kind = credential.get("type")
    if not isinstance(kind, list) or "BitstringStatusListCredential" not in kind:
        raise ValueError("the status list is no BitstringStatusListCredential")
    if credential.get("id") != url:
        raise ValueError(
            f"the certificate's list is {url!r}, this one is {str(credential.get('id'))[:120]!r}"
        )
    if not isinstance(subject, Mapping) or subject.get("type") != "BitstringStatusList":
        raise ValueError("the status list's subject is no BitstringStatusList")
    if subject.get("statusPurpose") != PURPOSE:
        raise ValueError(
            f"the list's purpose is {PURPOSE!r}, found {str(subject.get('statusPurpose'))[:60]!r}"
        )
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise ValueError("encodedList is a text")
    return StatusList.decode(encoded)


def _base64url(text: str) -> bytes:
    """Multibase 'u': base64url without padding, in its one form. Raises ValueError."""
    body = text[1:]
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError(f"not multibase base64url: {text[:40]!r}") from error
    if "u" + base64.urlsafe_b64encode(data).decode().rstrip("=") != text:
        raise ValueError(f"not multibase base64url without padding: {text[:40]!r}")
    return data
