"""Finds title, issuer, number and grounds in what stands before a draft's first provision.

Either named, one a line ('Tiêu đề: …', 'Cơ quan ban hành: …', 'Số: …'), or as the form of legal documents has
them: a letterhead, the kind of document in capitals, below it what it is about, then the grounds. Who calls
may name title and issuer and is not asked how the file writes them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from consultation.drafting.assembly import GROUND, RULE
from consultation.drafting.document import DraftError, Line

_NAMED = re.compile(r"(Tiêu đề|Cơ quan ban hành|Số)\s*:\s*(\S.*)")
_BLANK_NUMBER = re.compile(r"\bSố:\t(?=[/.…-])")
"""Room left for a number that is not given yet: no column."""
_MOTTO = re.compile(r"CỘNG H(?:ÒA|OÀ) XÃ HỘI CHỦ NGHĨA VIỆT NAM|Độc lập\s*[-–]\s*Tự do\s*[-–]\s*Hạnh phúc")
_DOCUMENT = re.compile(r"LUẬT|PHÁP LỆNH|LỆNH|NGHỊ QUYẾT|NGHỊ ĐỊNH|QUYẾT ĐỊNH|THÔNG TƯ|CHỈ THỊ")
_ISSUER = re.compile(
    r"(?:ỦY|UỶ) BAN .*|HỘI ĐỒNG NHÂN DÂN.*|CHÍNH PHỦ|QUỐC HỘI|THỦ TƯỚNG.*|CHỦ TỊCH.*|BỘ .+|SỞ .+"
)


@dataclass(slots=True)
class Preamble:
    """What was found; empty where nothing was."""

    title: str = ""
    issuer: str = ""
    number: str = ""
    grounds: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


def read_preamble(lines: Sequence[Line], title: str = "", issuer: str = "") -> Preamble:
    """Raises DraftError where there is no title or no issuer and none is given."""
    found = Preamble(title, issuer)
    cells = [cell for line in lines for cell in _cells(line)]
    place = 0
    while place < len(cells):
        place += _take(found, cells, place)
    needed = (("title", found.title, "Tiêu đề"), ("issuer", found.issuer, "Cơ quan ban hành"))
    for name, value, wanted in needed:
        if not value:
            raise DraftError(
                f"the draft's {name}",
                "not found before the first provision",
                f"expected a line '{wanted}: …', or give {name}= to the import",
            )
    return found


def _cells(line: Line) -> list[str]:
    """The columns of a line without motto and rules; an empty line stays one, since it ends a title."""
    text = _BLANK_NUMBER.sub("Số: ", line.text)
    cells = [_MOTTO.sub("", cell).strip() for cell in text.split("\t")]
    kept = [cell for cell in cells if not RULE.fullmatch(cell)]
    return kept or [""]


def _take(found: Preamble, cells: Sequence[str], place: int) -> int:
    """Use the cell at `place`, and those after it that belong to it; returns how many."""
    cell = cells[place]
    if named := _NAMED.fullmatch(cell):
        match named[1]:
            case "Tiêu đề":
                found.title = found.title or named[2]
            case "Cơ quan ban hành":
                found.issuer = found.issuer or named[2]
            case _:
                found.number = found.number or named[2]
        return 1
    if GROUND.match(cell):
        found.grounds.append(cell)
        return 1
    if not found.title and _DOCUMENT.fullmatch(cell):
        below = _below(cells, place + 1)
        if below:
            about = " ".join(below)
            about = about if about.isupper() else about[0].lower() + about[1:]
            found.title = f"{cell.capitalize()} {about}"
            return 1 + len(below) + sum(not text for text in cells[place + 1 : place + 2])
    if not found.issuer and _ISSUER.fullmatch(cell) and cell.isupper():
        more = 0
        while place + 1 + more < len(cells) and _continues(cells[place + 1 + more]):
            more += 1
        found.issuer = " ".join(cells[place : place + 1 + more])
        return 1 + more
    if cell:
        found.rest.append(cell)
    return 1


def _below(cells: Sequence[str], place: int) -> list[str]:
    """What the document is about: the lines up to an empty one, the grounds, or who issues it."""
    found: list[str] = []
    start = place + 1 if place < len(cells) and not cells[place] else place
    for cell in cells[start:]:
        if not cell or GROUND.match(cell) or _NAMED.fullmatch(cell):
            break
        if cell.isupper() and (_ISSUER.fullmatch(cell) or (found and not found[0].isupper())):
            break
        found.append(cell)
    return found


def _continues(cell: str) -> bool:
    """A letterhead's second line, as the name of a province."""
    return cell.isupper() and not (_DOCUMENT.fullmatch(cell.rstrip(":")) or cell.startswith("DỰ THẢO"))
