"""Word files for the tests: from plain paragraphs, and with one of their parts exchanged."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BODY = "word/document.xml"
NUMBERS = "word/numbering.xml"
STYLES = "word/styles.xml"


def word(paragraphs: Iterable[str]) -> bytes:
    """A file with these paragraphs, as python-docx writes it."""
    made = Document()
    for text in paragraphs:
        made.add_paragraph(text)
    held = BytesIO()
    made.save(held)
    return held.getvalue()


def exchanged(data: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """The file with parts of its archive exchanged or added."""
    held = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(held, "w", ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(set(parts) - set(old.namelist()))]:
            new.writestr(name, parts.get(name, old.read(name) if name in old.namelist() else b""))
    return held.getvalue()


def body(xml: str) -> str:
    """`document.xml` around the XML of paragraphs and tables."""
    return f"<w:document {W}><w:body>{xml}</w:body></w:document>"


def paragraph(text: str, *, numbers: tuple[int, int] | None = None, style: str = "") -> str:
    """A paragraph; `numbers` are its list and level."""
    own = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbers is not None:
        own += f'<w:numPr><w:ilvl w:val="{numbers[1]}"/><w:numId w:val="{numbers[0]}"/></w:numPr>'
    return f"<w:p><w:pPr>{own}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(depth: int, form: str, pattern: str, more: str = "") -> str:
    start = "" if "<w:start" in more else '<w:start w:val="1"/>'
    form = f'{start}<w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{pattern}"/>'
    return f'<w:lvl w:ilvl="{depth}">{form}</w:lvl>'


def lists(levels: str, more: str = "") -> str:
    """`numbering.xml` with one definition, list 1 of it, and what else is given."""
    one = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    definition = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
    return f"<w:numbering {W}>{definition}{one}{more}</w:numbering>"
