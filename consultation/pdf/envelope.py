"""What no signature covers in a signed PDF: its own place, and the wrapping of the CMS structure inside.

A PDF's signature leaves out the place it stands in, and a CMS signature (RFC 5652) covers neither the list of
digest algorithms nor version numbers. A change there changes nothing that was signed, and would pass
unseen. So each of these is held to the one value it can have.
"""

import re
from collections.abc import Mapping, Sequence

from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

DIGESTS = {"sha256", "sha384", "sha512"}
_ROOM = re.compile(rb"<((?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+)>")
_SIMPLE: tuple[None, Mapping[str, str]] = (None, {})


def check_room(data: bytes, ranges: Sequence[int], contents: bytes) -> None:
    """The signed ranges are the whole file but the signature's own place, which holds it and zeros.

    Hex digits in either case but not in both, or a letter's case would be free. Raises ValueError.
    """
    if len(ranges) != 4 or ranges[0] != 0 or min(ranges) < 0:
        raise ValueError(f"the signature covers the odd ranges {ranges}"[:200])
    _, end, start, size = ranges
    if start + size != len(data):
        raise ValueError(
            f"the signature covers {start + size} bytes of {len(data)}: something was appended or cut off"
        )
    room = _ROOM.fullmatch(data, end, start) if end < start else None
    raw = bytes.fromhex(room[1].decode()) if room else b""
    whole = _size(raw, 0)
    first = _start(raw, 0)
    second = first + _size(raw, first)
    if not raw or raw != contents or any(raw[whole:]) or second + _size(raw, second) != whole:
        raise ValueError("the signature's place holds something else beside it")


def check_wrapping(signature: EmbeddedPdfSignature) -> None:
    """Versions and algorithms that nothing signs are what RFC 5652 5.1 and 5.3 make of the rest.

    Raises ValueError, and what the library raises on a malformed structure.
    """
    tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
    for signed in (signature.signed_data, *tokens):
        (info,) = signed["signer_infos"]
        by_key_id = info["sid"].name == "subject_key_identifier"
        plain = signed["encap_content_info"]["content_type"].native == "data"
        versions = signed["version"].native, info["version"].native
        if versions != ("v1" if plain and not by_key_id else "v3", "v3" if by_key_id else "v1"):
            raise ValueError(f"the signature's version numbers are wrong: {versions}"[:200])
        issuers = [item.chosen.issuer.dump() for item in signed["certificates"]]
        if not by_key_id and info["sid"].chosen["issuer"].dump() not in issuers:
            raise ValueError("the signature names a certificate that is not with it")
        named = [item.native for item in (info["digest_algorithm"], *signed["digest_algorithms"])]
        if any(item["algorithm"] not in DIGESTS or item["parameters"] not in _SIMPLE for item in named):
            raise ValueError(f"a digest is one of {', '.join(sorted(DIGESTS))}, found {named}"[:200])
    beside = signature.signer_info["unsigned_attrs"]
    last = beside if len(beside) else signature.signer_info["signature"]
    if not signature.pkcs7_content.rstrip(b"\0").endswith(last.dump().rstrip(b"\0")):
        raise ValueError("something follows the signature that is not part of it")
    kinds = [item["type"].native for item in beside]
    if kinds not in ([], ["signature_time_stamp_token"]) or len(tokens) != len(kinds):
        raise ValueError(f"beside the signature stands at most one time stamp, found {kinds}"[:200])


def _start(raw: bytes, at: int) -> int:
    """Where the contents of the DER value at `at` begin: X.690 8.1.3."""
    if len(raw) < at + 2 or raw[at + 1] < 0x80:
        return at + 2
    return at + 2 + (raw[at + 1] & 0x7F)


def _size(raw: bytes, at: int) -> int:
    """Bytes of the DER value at `at`, header and contents."""
    if len(raw) < at + 2:
        return 0
    start = _start(raw, at)
    long = raw[at + 1] >= 0x80
    return start - at + (int.from_bytes(raw[at + 2 : start], "big") if long else raw[at + 1])
