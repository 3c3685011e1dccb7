"""The QR code of a certificate: an address and a digest, for finding the page that verifies.

It decides nothing: whoever forges a paper prints whatever code he likes. The digest stands in the address's
fragment, which a browser keeps to itself, so that opening the page tells its server nothing.
"""

import base64
import io

import segno

VERSION = 7
"""45 by 45 modules: a camera reads them from a screen, or from a print of 3 cm."""
_LEVELS = "hqml"
"""Error correction, the strongest first: 30, 25, 15 and 7 % of the code may be lost."""


def address(page: str, digest: str) -> str:
    """`PAGE#sha256-DIGEST`, the digest in base64url without padding: it is a third shorter than hex."""
    encoded = base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")
    return f"{page}#sha256-{encoded}"


def code(content: str) -> segno.QRCode:
    """The code of version 7 with the strongest correction that there is room for. Raises ValueError."""
    for level in _LEVELS:
        try:
            return segno.make_qr(content, error=level, version=VERSION, boost_error=False)
        except segno.DataOverflowError:
            continue
    raise ValueError(
        f"the QR code's address has {len(content.encode())} bytes, version {VERSION} holds at most 154: "
        "use a shorter address for the page"
    )


def picture(made: segno.QRCode) -> str:
    """The code as SVG, black on white, with the quiet zone of four modules that ISO/IEC 18004 asks for."""
    buffer = io.BytesIO()
    made.save(buffer, kind="svg", border=4, dark="#000000", light="#ffffff", xmldecl=False)
    return buffer.getvalue().decode()
