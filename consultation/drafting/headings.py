"""How a provision begins in a draft: 'Chương II', 'Mục 1. TÊN', 'Điều 5.', '2.', 'đ)', 'PHỤ LỤC I'.

A line is a heading only where its form leaves no doubt, since sentences begin with the same words: 'Điều 5
của Luật này …' and 'Chương này không áp dụng …' are none.
"""

import re
from dataclasses import dataclass

from consultation.core.drafts import ProvisionKind
from consultation.core.provisions import ORDINALS, ascii_number, from_roman


@dataclass(frozen=True, slots=True)
class Heading:
    """The kind of provision that begins here, its number as ids have it, and the rest of the line."""

    kind: ProvisionKind
    number: str
    rest: str


_ARABIC_OR_ROMAN = r"[0-9]{1,3}|(?-i:[IVXLC]{1,9}|[ivxlc]{1,9})"
_TITLE = r"(?:\s*[.:–-]\s*(?P<rest>.*)|\s+(?P<capitals>\S.*))?"
"""Set off by a mark, or in capitals."""
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_FORMS = (
    (
        ProvisionKind.PART,
        re.compile(rf"phần\s+(?:thứ\s+(?P<ordinal>{_ORDINAL})|(?P<number>{_ARABIC_OR_ROMAN})){_TITLE}", re.I),
    ),
    (ProvisionKind.CHAPTER, re.compile(rf"chương\s+(?P<number>{_ARABIC_OR_ROMAN}){_TITLE}", re.I)),
    (ProvisionKind.SUBSECTION, re.compile(rf"tiểu\s+mục\s+(?P<number>{_ARABIC_OR_ROMAN}){_TITLE}", re.I)),
    (ProvisionKind.SECTION, re.compile(rf"mục\s+(?P<number>{_ARABIC_OR_ROMAN}){_TITLE}", re.I)),
    (
        ProvisionKind.ANNEX,
        re.compile(rf"phụ\s+lục(?:\s+(?:số\s+)?(?P<number>{_ARABIC_OR_ROMAN}))?{_TITLE}", re.I),
    ),
    (
        ProvisionKind.ARTICLE,
        re.compile(r"điều\s+(?P<number>[0-9]{1,4}(?-i:[a-zđA-ZĐ]?))(?:\s*[.:]\s*(?P<rest>.*))?", re.I),
    ),
    (ProvisionKind.CLAUSE, re.compile(r"(?P<number>[0-9]{1,3}[a-zđ]?)\.(?![0-9])\s*(?P<rest>.*)")),
    (ProvisionKind.POINT, re.compile(r"(?P<number>[a-zđ][0-9]{0,2})\)\s*(?P<rest>.*)")),
)
WORD = re.compile(
    r"(?:phần thứ|chương(?! trình)|tiểu mục|mục(?! tiêu| đích)|"
    r"điều(?! lệ| kiện| chỉnh| hành| ước)|phụ lục)\b",
    re.I,
)
"""How the line of a heading begins, whatever comes after; not so words that merely begin alike."""


def recognise(line: str) -> Heading | None:
    """The heading that a line is, or None for any other line."""
    for kind, form in _FORMS:
        found = form.fullmatch(line)
        if found is None:
            continue
        groups = found.groupdict()
        capitals = groups.get("capitals") or ""
        if capitals and not capitals.isupper():
            return None
        number = _number(kind, groups.get("number") or "", (groups.get("ordinal") or "").lower())
        return None if number is None else Heading(kind, number, groups.get("rest") or capitals)
    return None


def _number(kind: ProvisionKind, written: str, ordinal: str) -> str | None:
    """As ids have it; None for letters that are no Roman number. An annex alone has number 1."""
    if ordinal:
        return str(ORDINALS.index(ordinal) + 1)
    if not written:
        return "1"
    if written[0].isdigit() or kind is ProvisionKind.POINT:
        return ascii_number(written)
    try:
        return str(from_roman(written.upper()))
    except ValueError:
        return None
