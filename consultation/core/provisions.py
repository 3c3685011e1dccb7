"""The tree that a draft's provisions form, how its parts are cited, and what may stand in what.

Ids are written as people cite: an article's names no chapter ('dieu-5.khoan-2.diem-a'), since articles are
numbered through the whole document; sections and chapters begin anew, so theirs name what they stand in
('phan-1.chuong-2', 'chuong-2.muc-1'). Điểm đ, which comes after d in the Vietnamese alphabet, is 'diem-dd'.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consultation.core.drafts import WHOLE, Draft, Provision, ProvisionKind

_TOP: tuple[ProvisionKind | None, ...] = (None,)
ALLOWED: Mapping[ProvisionKind | None, tuple[ProvisionKind | None, ...]] = {
    None: _TOP,
    ProvisionKind.PART: _TOP,
    ProvisionKind.CHAPTER: (None, ProvisionKind.PART),
    ProvisionKind.SECTION: (ProvisionKind.CHAPTER,),
    ProvisionKind.SUBSECTION: (ProvisionKind.SECTION,),
    ProvisionKind.ARTICLE: (
        None,
        ProvisionKind.PART,
        ProvisionKind.CHAPTER,
        ProvisionKind.SECTION,
        ProvisionKind.SUBSECTION,
    ),
    ProvisionKind.CLAUSE: (ProvisionKind.ARTICLE,),
    ProvisionKind.POINT: (ProvisionKind.CLAUSE, ProvisionKind.ARTICLE),
    ProvisionKind.ANNEX: _TOP,
}
"""A kind, and the kinds that it may stand in; None among these is the top of the document."""

WORDS: Mapping[ProvisionKind, str] = {
    ProvisionKind.PART: "Phần",
    ProvisionKind.CHAPTER: "Chương",
    ProvisionKind.SECTION: "Mục",
    ProvisionKind.SUBSECTION: "Tiểu mục",
    ProvisionKind.ARTICLE: "Điều",
    ProvisionKind.CLAUSE: "Khoản",
    ProvisionKind.POINT: "Điểm",
    ProvisionKind.ANNEX: "Phụ lục",
}
ORDINALS = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
"""How parts are numbered: Phần thứ nhất, Phần thứ hai."""
_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
MAX_ROMAN = 399
_INLINE = (ProvisionKind.CLAUSE, ProvisionKind.POINT)
"""Written small inside a citation: 'Điểm a khoản 2 Điều 5'."""


class TreeError(ValueError):
    """The provisions form no tree such as the law knows; names the provision and what is allowed."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A draft's provisions, checked, by id and by what they stand in."""

    draft: Draft
    parts: Mapping[str, Provision]
    _children: Mapping[str, tuple[Provision, ...]]

    @staticmethod
    def of(draft: Draft) -> "Tree":
        """Raises TreeError."""
        check_tree(draft)
        children: dict[str, list[Provision]] = {}
        for part in draft.provisions:
            children.setdefault(part.parent, []).append(part)
        below = {name: tuple(parts) for name, parts in children.items()}
        return Tree(draft, {part.id: part for part in draft.provisions}, below)

    def children(self, name: str = WHOLE) -> tuple[Provision, ...]:
        """What stands directly in a provision, or at the top, in document order."""
        return self._children.get(name, ())

    def path(self, name: str) -> tuple[Provision, ...]:
        """From the top down to the provision, itself included. Raises KeyError when there is none."""
        found = [self.parts[name]]
        while found[-1].parent:
            found.append(self.parts[found[-1].parent])
        return tuple(reversed(found))

    def walk(self, name: str = WHOLE) -> Iterator[Provision]:
        """A provision and all below it, or the whole draft, in document order."""
        if name:
            yield self.parts[name]
        for child in self.children(name):
            yield from self.walk(child.id)

    def label(self, name: str) -> str:
        """What people call a provision: its label, or its citation where it has none."""
        if name == WHOLE:
            return "Toàn bộ dự thảo"
        return self.parts[name].label or cite(name)


def check_tree(draft: Draft) -> None:
    """Raises TreeError unless the provisions are a tree in document order that the law could have written."""
    kinds: dict[str, ProvisionKind | None] = {}
    open_: list[str] = []
    for part in draft.provisions:
        if part.id == WHOLE:
            raise TreeError("a provision without an id was found; '' names the whole draft")
        if part.id in kinds:
            raise TreeError(f"the ids of provisions are unique, found twice: {part.id}")
        if part.parent and part.parent not in kinds:
            raise TreeError(f"{part.id} stands in {part.parent!r}, which does not come before it")
        while open_ and open_[-1] != part.parent:
            open_.pop()
        if part.parent and not open_:
            raise TreeError(f"{part.id} comes after {part.parent} has ended; the order is the document's")
        above = kinds[part.parent] if part.parent else None
        if (part.parent and above is None) or above not in ALLOWED[part.kind]:
            raise TreeError(
                f"{part.id} stands in {part.parent or 'the top'}; allowed is {_places(part.kind)}"
            )
        if part.kind is not None and not _well_named(part, part.kind):
            raise TreeError(
                f"{part.id!r} is no id for {part.kind} in {part.parent or 'the top'}; "
                f"allowed is {expected_id(part.kind, 'N', part.parent)}"
            )
        kinds[part.id] = part.kind
        open_.append(part.id)


def expected_id(kind: ProvisionKind, number: str, parent: str) -> str:
    """The id of a provision: `number` in ASCII ('5', '5a', 'dd'), `parent` the id of what it stands in."""
    own = f"{kind.value}-{number}"
    return f"{parent}.{own}" if parent and kind is not ProvisionKind.ARTICLE else own


def ascii_number(written: str) -> str:
    """The number of a clause, point or article as ids have it: đ is dd, no zero leads."""
    return written.lstrip("0").lower().replace("đ", "dd") or "0"


def cite(name: str) -> str:
    """How people cite an id: 'Điểm đ khoản 2 Điều 5' for 'dieu-5.khoan-2.diem-dd'.

    An id that is not of the law's form is given back as it is.
    """
    labels: list[str] = []
    for own in reversed(name.split(".")):
        word, _, number = own.rpartition("-")
        if word not in set(ProvisionKind) or not number:
            return name
        kind = ProvisionKind(word)
        label = f"{WORDS[kind]} {_number(kind, number)}"
        labels.append(label.lower() if labels and kind in _INLINE else label)
    return " ".join(labels)


def roman(number: int) -> str:
    """A number from 1 to 399 in Roman digits. Raises ValueError outside."""
    if not 1 <= number <= MAX_ROMAN:
        raise ValueError(f"numbers from 1 to {MAX_ROMAN} are written in Roman digits, found {number}")
    written = ""
    for value, digits in _ROMAN:
        count, number = divmod(number, value)
        written += digits * count
    return written


def from_roman(written: str) -> int:
    """The number that Roman digits stand for. Raises ValueError for what `roman` does not write."""
    number, rest = 0, written
    for value, digits in _ROMAN:
        while rest.startswith(digits):
            number, rest = number + value, rest[len(digits) :]
    if rest or not 1 <= number <= MAX_ROMAN or roman(number) != written:
        raise ValueError(f"{written!r} is no number in Roman digits from I to {roman(MAX_ROMAN)}")
    return number


def _well_named(part: Provision, kind: ProvisionKind) -> bool:
    number = part.id.rpartition("-")[2]
    return number.isascii() and number.isalnum() and part.id == expected_id(kind, number, part.parent)


def _places(kind: ProvisionKind | None) -> str:
    return ", ".join("the top" if above is None else above.value for above in ALLOWED[kind])


def _number(kind: ProvisionKind, number: str) -> str:
    if kind in (ProvisionKind.CHAPTER, ProvisionKind.ANNEX) and _is_number(number, MAX_ROMAN):
        return roman(int(number))
    if kind is ProvisionKind.PART and _is_number(number, len(ORDINALS)):
        return f"thứ {ORDINALS[int(number) - 1]}"
    return number.replace("dd", "đ")


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= most
