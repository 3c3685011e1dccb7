"""Reads a draft from plain text.

Unicode may be composed or not (it is NFC afterwards), lines end as any system ends them, blanks may be of any
kind and number. Old encodings (TCVN3, VNI) cannot be told from noise and are refused.
"""

import re
from collections.abc import Iterable

from consultation.core.canonical import nfc
from consultation.drafting.assembly import assemble
from consultation.drafting.document import MAX_CHARACTERS, MAX_LINES, DraftDocument, DraftError, Line
from consultation.drafting.preamble import read_preamble

MAX_BYTES = 4 * MAX_CHARACTERS
"""Of a file; no character takes more than four bytes."""
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")
"""Zero-width blanks, byte order marks and soft hyphens, which come in by copying."""
_GAP = re.compile(r"\s+")
_COLUMN_GAP = 3
"""So many blanks part columns, as a tab does."""
_REFUSED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters, and halves of surrogate pairs, which no UTF-8 has."""


def read(data: bytes, *, title: str = "", issuer: str = "") -> DraftDocument:
    """A draft from a file in UTF-8, or in UTF-16 with its byte order mark. Raises DraftError."""
    if len(data) > MAX_BYTES:
        raise DraftError("the draft", f"{len(data)} bytes long", f"{MAX_BYTES} bytes are allowed")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DraftError(
            f"byte {error.start + 1} of the draft",
            f"not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'}",
            "save the file as UTF-8; text in TCVN3 or VNI has to be converted first",
        ) from None
    return parse(text, title=title, issuer=issuer)


def parse(text: str, *, title: str = "", issuer: str = "") -> DraftDocument:
    """A draft from its text. `title` and `issuer` go before what stands in it. Raises DraftError."""
    if len(text) > MAX_CHARACTERS:
        raise DraftError("the draft", f"{len(text)} characters long", f"{MAX_CHARACTERS} are allowed")
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise DraftError("the draft", f"{len(lines)} lines long", f"{MAX_LINES} are allowed")
    return compose((Line(f"draft line {n}", line) for n, line in enumerate(lines, start=1)), title, issuer)


def compose(lines: Iterable[Line], title: str, issuer: str) -> DraftDocument:
    """A draft from its lines, which are cleaned first: what `text` and `docx` share. Raises DraftError."""
    made = assemble(_clean(line) for line in lines)
    provisions = made.provisions()
    head = read_preamble(made.before, nfc(title), nfc(issuer))
    return DraftDocument(
        head.title,
        head.issuer,
        head.number,
        provisions,
        tuple(head.grounds),
        tuple(head.rest),
        tuple(line.plain() for line in made.after),
    )


def _clean(line: Line) -> Line:
    """NFC, one blank between words and a tab between columns. Raises DraftError on control characters."""
    if found := _REFUSED.search(line.text):
        raise DraftError(
            line.place,
            f"text with the character U+{ord(found[0]):04X}",
            "remove it; allowed is printable text",
        )
    return Line(line.place, nfc(_GAP.sub(_gap, _INVISIBLE.sub("", line.text).strip())))


def _gap(found: re.Match[str]) -> str:
    return "\t" if "\t" in found[0] or len(found[0]) >= _COLUMN_GAP else " "
