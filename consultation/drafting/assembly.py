"""Puts lines together into provisions that stand in each other.

What no heading begins belongs to the provision before it: unnumbered paragraphs, and a quotation of several
lines, as decisions that amend another have them ('Sửa đổi Điều 5 như sau: “Điều 5. …”'). An annex is text
from its heading on. The signature block ends the provisions; only annexes come after it. Lines that are drawn
with signs ('-----') are no text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from consultation.core.drafts import Provision, ProvisionKind
from consultation.core.provisions import ALLOWED, WORDS, cite, expected_id
from consultation.drafting.document import MAX_PROVISIONS, DraftError, Line, shown
from consultation.drafting.headings import WORD, Heading, recognise

GROUND = re.compile(r"(?:Căn cứ|Theo đề nghị|Xét|Thực hiện|Trên cơ sở) ")
_SIGNATURE = re.compile(
    r"(?:\| )?(?:TM|KT|TL|TUQ|Q)\.\s*\w.*|(?:\| )?Nơi nhận\s*:.*|"
    r"(?:CHỦ TỊCH|PHÓ CHỦ TỊCH|GIÁM ĐỐC|BỘ TRƯỞNG|THỦ TƯỚNG)"
)
RULE = re.compile(r"[-–—_=*.…\s]*")
"""A line drawn with signs, under a letterhead or at the end; or empty."""
_MAX_TITLE_CHARACTERS = 1_000
_TITLED = (ProvisionKind.PART, ProvisionKind.CHAPTER, ProvisionKind.SECTION, ProvisionKind.SUBSECTION)


@dataclass(slots=True)
class _Open:
    """A provision that lines may still be added to."""

    kind: ProvisionKind
    id: str
    parent: str
    paragraphs: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Another paragraph; a title in capitals that goes on in the next line stays one."""
        title = self.paragraphs[0] if len(self.paragraphs) == 1 and self.kind in _TITLED else ""
        if title.isupper() and line.isupper() and len(title) < _MAX_TITLE_CHARACTERS:
            self.paragraphs = [f"{title} {line}"]
        else:
            self.paragraphs.append(line)


@dataclass(slots=True)
class Assembly:
    """The provisions so far, and the lines before and after them. `add` takes the lines in order."""

    before: list[Line] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)
    _found: list[_Open] = field(default_factory=list)
    _path: list[_Open] = field(default_factory=list)
    _places: dict[str, str] = field(default_factory=dict)
    _quoted: Line | None = None
    """Where the quotation began that no line has ended yet."""
    _signed: bool = False

    def provisions(self) -> tuple[Provision, ...]:
        """All of them, in order. Raises DraftError where there is none or a quotation never ends."""
        if self._quoted is not None:
            raise DraftError(
                self._quoted.place,
                f"the beginning of a quotation that never ends, {shown(self._quoted.plain())}",
                "expected a line that ends with ”",
            )
        if not self._found:
            raise DraftError("the draft", "without a provision", "expected a line such as 'Điều 1. …'")
        return tuple(
            Provision(part.id, cite(part.id), "\n".join(part.paragraphs), part.kind, part.parent)
            for part in self._found
        )

    def add(self, line: Line) -> None:
        """Raises DraftError where the line cannot stand here."""
        text = line.plain()
        if not self._found:
            self._begin(line, text)
        elif RULE.fullmatch(text):
            return
        elif self._quoted is not None:
            self._path[-1].add(text)
            self._quoted = None if _closes_quotation(text) else self._quoted
        elif self._signed:
            self._go_on_after_signature(line, text)
        elif self._path[-1].kind is ProvisionKind.ANNEX:
            heading = recognise(text)
            if heading is not None and heading.kind is ProvisionKind.ANNEX:
                self._start(line, heading)
            else:
                self._path[-1].add(text)
        elif _SIGNATURE.fullmatch(text):
            self._signed = True
            self.after.append(line)
        elif heading := recognise(text):
            self._start(line, heading)
        else:
            self._path[-1].add(text)
            self._quoted = line if _opens_quotation(text) else None

    def _begin(self, line: Line, text: str) -> None:
        """Before the first provision, what looks like one and is none is an error, not a paragraph."""
        heading = recognise(text)
        if heading is not None:
            self._start(line, heading)
        elif WORD.match(text):
            raise DraftError(
                line.place,
                shown(text),
                "expected a heading such as 'Chương I', 'Mục 1. …', 'Điều 1. …', or what stands before them",
            )
        else:
            self.before.append(line)

    def _go_on_after_signature(self, line: Line, text: str) -> None:
        heading = recognise(text)
        if heading is None or heading.kind in (ProvisionKind.CLAUSE, ProvisionKind.POINT):
            self.after.append(line)
        elif heading.kind is ProvisionKind.ANNEX:
            self._signed = False
            self._start(line, heading)
        else:
            raise DraftError(
                line.place,
                f"{shown(text)}, after the signature",
                "only annexes come there: import a regulation that is attached as a draft of its own",
            )

    def _start(self, line: Line, heading: Heading) -> None:
        allowed = ALLOWED[heading.kind]
        path = list(self._path)
        while path and path[-1].kind not in allowed:
            path.pop()
        if not path and None not in allowed:
            raise DraftError(
                line.place,
                f"{shown(line.plain())}, {WORDS[heading.kind].lower()} outside of what it belongs to",
                f"expected {' or '.join(WORDS[kind] for kind in allowed if kind)} before it",
            )
        parent = path[-1].id if path else ""
        name = expected_id(heading.kind, heading.number, parent)
        if name in self._places:
            raise DraftError(
                line.place,
                f"{shown(line.plain())}, a second {cite(name)}: the first is {self._places[name]}",
                "every number stands once; import a regulation that is attached as a draft of its own",
            )
        if len(self._found) == MAX_PROVISIONS:
            raise DraftError(line.place, f"provision {MAX_PROVISIONS + 1}", f"{MAX_PROVISIONS} are allowed")
        part = _Open(heading.kind, name, parent)
        self._path = [*path, part]
        self._found.append(part)
        self._places[name] = line.place
        if heading.rest:
            part.add(heading.rest)
        if heading.kind is not ProvisionKind.ANNEX and _opens_quotation(heading.rest):
            self._quoted = line


def assemble(lines: Iterable[Line]) -> Assembly:
    """All lines put together. Raises DraftError."""
    made = Assembly()
    for line in lines:
        made.add(line)
    return made


def _opens_quotation(text: str) -> bool:
    """A quotation begins in this line, at its start or after a colon, and goes on in the next."""
    place = text.find("“", text.rfind("”") + 1)
    starts = place == 0 or (place > 0 and text[:place].rstrip().endswith(":"))
    return starts and not _closes_quotation(text)


def _closes_quotation(text: str) -> bool:
    return text.rstrip(" .;,:").endswith(("”", '"'))
