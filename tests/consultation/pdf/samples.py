"""A certificate's content, a unit with its key, and what a PDF's page shows."""

import io
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from nacl.signing import SigningKey as Ed25519Key
from pyhanko.pdf_utils.reader import PdfFileReader

from consultation import archive
from consultation.core import canonical, certificate
from consultation.core.bundle import Bundle
from consultation.core.canonical import Json
from consultation.core.certificate import Claims, Consulted, Issuance
from consultation.core.issuer import Issuer
from consultation.core.multikey import Ed25519Method
from consultation.core.status_list import StatusEntry
from consultation.pdf.content import content_of
from consultation.pdf.signing import PdfSigner
from consultation.pdf.unit_certificate import self_signed_unit_certificate

TITLE = "Quyết định ban hành Quy chế quản lý và khai thác chợ truyền thống trên địa bàn Thành phố Hồ Chí Minh"
BASIS = "Luật Ban hành văn bản quy phạm pháp luật số 64/2025/QH15"
UNIT = "Sở Tư pháp Thành phố Hồ Chí Minh"
ISSUER = Issuer("did:web:don-vi.example", UNIT)
ID = "urn:uuid:3f2b8a4e-9d1c-4c55-8b7e-0a1b2c3d4e5f"
AT = datetime(2026, 12, 20, 2, 30, tzinfo=UTC)
STANCES = {"agree": 9120, "agree_with_comments": 1843, "disagree": 790, "no_opinion": 234}


def claims(title: str = TITLE) -> Claims:
    window = "2026-11-23T10Z", "2026-12-03T16Z"
    consulted = Consulted("ve-cho", title, BASIS, 2, "ab12" * 16, *window, "portal")
    return Claims(consulted, 12345, 11987, STANCES, "cd34" * 16)


def credential(title: str = TITLE, number: str = ID) -> dict[str, Json]:
    issuance = Issuance(number, "2026-12-20T02:11:12Z", StatusEntry(ISSUER.status_url("ve-cho"), 7))
    method = Ed25519Method(ISSUER.method, Ed25519Key(bytes(32)))
    return certificate.issue(ISSUER, claims(title), issuance, method)


WHOLE = content_of(credential())
CONTENT = replace(WHOLE, legal_basis="", version=None, channel=())
"""As little as a credential may say."""
ZIP = archive.pack(Bundle(canonical.encode(credential()), b"c2sp.org/tlog-proof@v1\n", b"{}", b"{}"))


FULL = replace(WHOLE, channel=("portal", "vneid"))
"""A content that names all it can."""


def signer(number: int, name: str = UNIT) -> PdfSigner:
    """A unit with a key of its own, from one number."""
    key = ec.derive_private_key(number + 10**30, ec.SECP256R1())
    years = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    return PdfSigner(key, self_signed_unit_certificate(key, name, *years, serial=number + 1))


def pin(one: PdfSigner) -> bytes:
    return one.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the first page shows: its text without white space, and its QR code's dark modules."""

    text: str
    modules: frozenset[tuple[int, int]]
    """Column and row, the quiet zone counted."""
    pages: int


_FLAT = rb"[^()\\]|\\."
_STRING = rb"\((?:" + _FLAT + rb"|\((?:" + _FLAT + rb")*\))*\)"  # parentheses in pairs need no escape
_SHOW = re.compile(
    rb"(/\w+) [\d.]+ Tf|\[((?:" + _STRING + rb"|[-\d.\s])*)\]TJ|(" + _STRING + rb") ?Tj", re.DOTALL
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def shown(pdf: bytes) -> Shown:
    """Read a page of ours back: text through each font's ToUnicode map (ISO 32000-1, 9.10.3)."""
    pages = PdfFileReader(io.BytesIO(pdf)).root["/Pages"]
    page = pages["/Kids"][0]
    stream = bytes(page["/Contents"].data)
    held = page["/Resources"]["/Font"]
    fonts = {name: _unicode(held[name]["/ToUnicode"].data) for name in held}
    text, font = "", ""
    for match in _SHOW.finditer(stream):
        if match[1]:
            font = match[1].decode()
            continue
        for part in re.findall(_STRING, match[2] or match[3], re.DOTALL):
            codes = _ESCAPE.sub(_unescaped, part[1:-1])
            pairs = zip(codes[::2], codes[1::2], strict=True)
            text += "".join(fonts[font][high << 8 | low] for high, low in pairs)
    lines = re.findall(rb"(\d+) (\d+)\.5 m (\d+) \2\.5 l", stream)
    dark = {(x, int(y)) for start, y, stop in lines for x in range(int(start), int(stop))}
    return Shown("".join(text.split()).replace("\u200b", ""), frozenset(dark), int(pages["/Count"]))


def _unicode(cmap: bytes) -> dict[int, str]:
    pairs = re.findall(rb"^<(\w{4})> <(\w+)>\s*$", cmap, re.MULTILINE)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _unescaped(match: re.Match[bytes]) -> bytes:
    found = match[1]
    return bytes([int(found, 8)]) if len(found) == 3 else _NAMED.get(found, found)
