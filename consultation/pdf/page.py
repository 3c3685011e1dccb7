"""Setting the certificate's page: one A4 sheet, PDF/A-3 with the bundle attached, not signed yet.

The same content gives the same bytes: the only date in the file is the credential's own, fonts come with
typst, and none of the machine's is looked at. So whoever holds the bundle can set the page again and see
that the signed file begins with it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import typst

from consultation.core.errors import Rejected
from consultation.pdf import qr
from consultation.pdf.content import CertificateContent

BUNDLE_NAME = "bundle.zip"
MAX_BUNDLE_BYTES = 4_000_000
"""Three parts of at most a million bytes each, and what a zip adds."""
_HOME = ZoneInfo("Asia/Ho_Chi_Minh")
_HOUR, _SECOND = "%Y-%m-%dT%HZ", "%Y-%m-%dT%H:%M:%SZ"


def render(content: CertificateContent, bundle_zip: bytes) -> bytes:
    """The unsigned PDF with `bundle.zip` attached. Raises Rejected where a text cannot be set on the page."""
    if len(bundle_zip) > MAX_BUNDLE_BYTES:
        raise Rejected(f"the bundle has {len(bundle_zip)} bytes, at most {MAX_BUNDLE_BYTES} are allowed")
    try:
        issued = _time(content.issued)
        inputs = {"data": json.dumps(_data(content, issued)), "bundle": json.dumps(list(bundle_zip))}
    except ValueError as error:
        raise Rejected(f"the certificate's page cannot be set: {error}") from error
    source = files("consultation.pdf").joinpath("certificate.typ").read_bytes()
    compiler = typst.Compiler(ignore_system_fonts=True)
    try:
        made = compiler.compile(
            source, format="pdf", sys_inputs=inputs, pdf_standards=["a-3b"], timestamp=issued
        )
    except typst.TypstError as error:
        raise Rejected(
            f"the certificate's page cannot be set: {error.message}; titles, names and legal bases together "
            "fit up to some 1,500 letters, in the scripts that Libertinus has"
        ) from error
    assert isinstance(made, bytes)
    return made


def _data(content: CertificateContent, issued: datetime) -> Mapping[str, object]:
    """What the template reads: content.py's texts as they are, times as a reader in Viet Nam has them."""
    local = issued.astimezone(_HOME)
    to_the_hour = ":" not in content.opened + content.closed
    return {
        "id": content.id,
        "short_id": content.id.removeprefix("urn:uuid:"),
        "date": {"year": issued.year, "month": issued.month, "day": issued.day},
        "issued": f"Ngày {local.day:02} tháng {local.month:02} năm {local.year}",
        "issuer": content.issuer,
        "unit": content.unit,
        "consultation": content.consultation,
        "title": content.title,
        "legal_basis": content.legal_basis,
        "version": content.version,
        "draft": content.draft,
        "opened": _shown(content.opened),
        "closed": _shown(content.closed),
        "precision": [", ghi theo giờ", ", to the hour"] if to_the_hour else ["", ""],
        "channel": content.channel,
        "received": content.received,
        "counted": content.counted,
        "stances": content.stances,
        "summary": content.summary,
        "digest": content.digest,
        "page": content.page,
        "qr": qr.picture(qr.code(qr.address(content.page, content.digest))),
    }


def _shown(text: str) -> str:
    """An hour or a time, in the country's own."""
    local = _time(text).astimezone(_HOME)
    hour = f"{local.hour:02} giờ" if ":" not in text else f"{local:%H:%M:%S}"
    return f"{hour} ngày {local:%d/%m/%Y}"


def _time(text: str) -> datetime:
    """An hour ('2026-11-23T10Z') or a whole second ('2026-11-23T10:11:12Z'), in UTC. Raises ValueError."""
    form = _SECOND if ":" in text else _HOUR
    return datetime.strptime(text, form).replace(tzinfo=UTC)
