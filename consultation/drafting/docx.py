"""Reads a draft from a Word file, `.docx`.

Taken is what a reader sees with all changes accepted: inserted text, the numbers that Word counts by
itself, the rows of tables. Deleted text, comments, notes, headers, text boxes and pictures are not. A file
is measured before it is unpacked, since a few kilobytes can unpack to gigabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.parts.document import DocumentPart

from consultation.drafting.document import MAX_CHARACTERS, MAX_LINES, DraftDocument, DraftError, Line
from consultation.drafting.headings import recognise
from consultation.drafting.numbering import Numbering, W
from consultation.drafting.text import compose

MAX_BYTES = 10_000_000
MAX_EXPANDED_BYTES = 60_000_000
"""Of all files in the archive, pictures included; zipfile holds each to the size that its directory says."""
MAX_FILES = 1_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a file of Word before 2007 begins, and one under a password."""
_OUTER = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
"""What wraps paragraphs, tables, rows, cells or runs without a text of its own."""
_LEFT_OUT = frozenset(
    {f"{W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "txbxContent", "object")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)
_SIGNS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}


def read(data: bytes, *, title: str = "", issuer: str = "") -> DraftDocument:
    """A draft from the bytes of a `.docx`; `title` and `issuer` as in `text.parse`. Raises DraftError."""
    lines = _lines(data)
    if len(lines) > MAX_LINES or sum(len(line.text) for line in lines) > MAX_CHARACTERS:
        raise DraftError(
            "the draft",
            f"more than {MAX_CHARACTERS} characters or {MAX_LINES} paragraphs long",
            "split it, or remove what does not belong to it",
        )
    return compose(lines, title, issuer)


def _lines(data: bytes) -> list[Line]:
    if len(data) > MAX_BYTES:
        raise DraftError("the draft", f"{len(data)} bytes long", f"{MAX_BYTES} bytes are allowed")
    if data.startswith(_OLE):
        raise DraftError(
            "the draft", "a file of an old Word, or under a password", "save it as .docx without a password"
        )
    try:
        _measure(data)
        part = Document(BytesIO(data)).part
        body = ElementTree.fromstring(part.blob).find(f"{W}body")
        if body is None:
            raise DraftError("the draft", "a Word file without a body", "expected a document")
        numbering = Numbering.of(
            _related(part, RELATIONSHIP_TYPE.NUMBERING), _related(part, RELATIONSHIP_TYPE.STYLES)
        )
        return list(_Reader(numbering).read(body))
    except DraftError:
        raise
    except Exception as error:
        # zipfile, lxml and python-docx answer a broken file with whatever they trip over first.
        raise DraftError(
            "the draft", f"no readable .docx ({type(error).__name__})", "open it in Word and save it anew"
        ) from error


def _measure(data: bytes) -> None:
    try:
        with ZipFile(BytesIO(data)) as archive:
            files = archive.infolist()
    except BadZipFile:
        raise DraftError("the draft", "no .docx", "expected a Word file, which is a zip archive") from None
    expanded = sum(file.file_size for file in files)
    if len(files) > MAX_FILES or expanded > MAX_EXPANDED_BYTES:
        raise DraftError(
            "the draft",
            f"an archive of {len(files)} files that unpacks to {expanded} bytes",
            f"{MAX_FILES} files and {MAX_EXPANDED_BYTES} bytes are allowed",
        )


def _related(part: DocumentPart, kind: str) -> Element | None:
    """The root of another part of the document, where there is one."""
    try:
        return ElementTree.fromstring(part.part_related_by(kind).blob)
    except KeyError:
        return None


@dataclass(slots=True)
class _Reader:
    """Goes through the body once, since numbers count on from paragraph to paragraph."""

    numbering: Numbering
    paragraphs: int = 0
    tables: int = 0
    begun: bool = False
    """A provision has been met: tables are content from here on, and letterheads before."""

    def read(self, parent: Element) -> Iterator[Line]:
        for item in parent:
            if item.tag == f"{W}p":
                self.paragraphs += 1
                for text in self._paragraph(item):
                    self.begun = self.begun or recognise(text.strip()) is not None
                    yield Line(f"draft paragraph {self.paragraphs}", text)
            elif item.tag == f"{W}tbl":
                self.tables += 1
                yield from self._table(item, f"draft table {self.tables}")
            elif item.tag in _OUTER:
                yield from self.read(item)

    def _table(self, table: Element, place: str) -> Iterator[Line]:
        for number, row in enumerate(_within(table, f"{W}tr"), start=1):
            cells = [self._cell(cell) for cell in _within(row, f"{W}tc")]
            if self.begun:
                text = " | ".join(" ".join(filter(None, map(str.strip, cell))) for cell in cells)
                yield Line(f"{place} row {number}", f"| {text} |")
            else:
                for side_by_side in zip_longest(*cells, fillvalue=""):
                    yield Line(f"{place} row {number}", "\t".join(side_by_side))

    def _cell(self, cell: Element) -> list[str]:
        """Its paragraphs, those of a table within it too."""
        found: list[str] = []
        for item in cell:
            if item.tag == f"{W}p":
                found += self._paragraph(item)
            elif item.tag in _OUTER:
                found += self._cell(item)
            elif item.tag == f"{W}tbl":
                for row in _within(item, f"{W}tr"):
                    for inner in _within(row, f"{W}tc"):
                        found += self._cell(inner)
        return found

    def _paragraph(self, paragraph: Element) -> list[str]:
        """Its lines, with the number that Word shows before the first."""
        text = "".join(_texts(paragraph))
        return f"{self.numbering.label(paragraph)} {text}".strip().split("\n")


def _within(parent: Element, tag: str) -> Iterator[Element]:
    """The children of a kind, in wrappers too."""
    for item in parent:
        if item.tag == tag:
            yield item
        elif item.tag in _OUTER:
            yield from _within(item, tag)


def _texts(parent: Element) -> Iterator[str]:
    for item in parent:
        if item.tag == f"{W}t":
            yield item.text or ""
        elif item.tag in _SIGNS:
            yield _SIGNS[item.tag]
        elif item.tag not in _LEFT_OUT:
            yield from _texts(item)
