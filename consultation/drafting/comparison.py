"""Compares two versions of a draft provision by provision.

Numbers shift when an article is put in or taken out, so a provision is looked for by what it says as well
as by its id: first the same words where they are expected, then the same words elsewhere, then much the same
words where they are expected, then much the same words elsewhere. Articles come first, since a clause is
expected where its article has gone. Whatever is left where it is expected is that provision rewritten; the
rest was added or removed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from consultation.core.drafts import Draft, Provision, ProvisionKind

SIMILAR_EXPECTED = 0.5
"""Share of common words from which a provision that stands where it is expected is the same, changed."""
SIMILAR_ELSEWHERE = 0.75
"""The same for one under an id where it is not expected."""
MAX_DIFF_WORDS = 2_000
"""A longer text is compared by its paragraphs: comparing words takes the square of their number."""
_INNER = (ProvisionKind.CLAUSE, ProvisionKind.POINT)
_LEVELS = (
    (None, *(kind for kind in ProvisionKind if kind not in _INNER)),
    (ProvisionKind.CLAUSE,),
    (ProvisionKind.POINT,),
)
"""Articles first: where they went says where their clauses and points are expected."""
_RUN_WORDS = 3
_COMMON = 40
"""A run of words that stands in more provisions than this tells nothing."""
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_PARAGRAPH = re.compile(r"[^\n]*\n|[^\n]+")


class ChangeKind(StrEnum):
    """Giữ nguyên, sửa đổi, bổ sung, bãi bỏ, đánh số lại."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RENUMBERED = "renumbered"


class EditKind(StrEnum):
    """Giữ, thêm, bớt."""

    KEEP = "keep"
    INSERT = "insert"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Edit:
    """Words that stayed, came or went. What stayed or went is the old text; what stayed or came, the new."""

    kind: EditKind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A provision in both versions, or in one; the other is None.

    A renumbered one may have changed a little too, and a changed one may have only moved, to another chapter
    say: its edits then keep everything.
    """

    kind: ChangeKind
    old: Provision | None
    new: Provision | None
    edits: tuple[Edit, ...] = ()


def compare(old: Draft, new: Draft) -> tuple[Change, ...]:
    """Every provision of both versions once, in the order of the new; the removed stand where they stood."""
    pairs = _Pairs(old.normalised().provisions, new.normalised().provisions)
    return tuple(_in_order(pairs))


def diff(old: str, new: str) -> tuple[Edit, ...]:
    """What has to be done to the old text to get the new one, word by word."""
    before, after = _tokens(old), _tokens(new)
    if max(len(before), len(after)) > MAX_DIFF_WORDS:
        before, after = _PARAGRAPH.findall(old), _PARAGRAPH.findall(new)
        if max(len(before), len(after)) > MAX_DIFF_WORDS:
            before, after = [old], [new]
    edits: list[Edit] = []
    for _, start, stop, begin, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[start:stop]), "".join(after[begin:end])
        if gone == come:
            edits.append(Edit(EditKind.KEEP, gone))
            continue
        edits += [Edit(EditKind.DELETE, gone)] if gone else []
        edits += [Edit(EditKind.INSERT, come)] if come else []
    return tuple(edits)


class _Pairs:
    """Which provision of the new version is which of the old, found in passes from sure to likely."""

    def __init__(self, old: Sequence[Provision], new: Sequence[Provision]) -> None:
        self.old, self.new = old, new
        self.old_by_id = {part.id: part for part in old}
        self.match: dict[str, Provision] = {}
        """New id to old provision."""
        self.taken: set[str] = set()
        """Old ids that have their provision."""
        self._level: tuple[ProvisionKind | None, ...] = ()
        for self._level in _LEVELS:
            self._pair_where_expected(1.0)
            self._pair_same_words_elsewhere()
            self._pair_where_expected(SIMILAR_EXPECTED)
            self._pair_similar_elsewhere()
            self._pair_where_expected(0.0)

    def expected(self, part: Provision) -> str:
        """The old id that the provision has if only what it stands in was renumbered."""
        above = self.match.get(part.parent)
        if above is None or part.kind in (None, ProvisionKind.ARTICLE):
            return part.id
        return f"{above.id}.{part.id.rpartition('.')[2]}"

    def _take(self, part: Provision, found: Provision) -> None:
        self.match[part.id] = found
        self.taken.add(found.id)

    def _open(self) -> Iterator[Provision]:
        return (part for part in self.new if part.kind in self._level and part.id not in self.match)

    def _left(self) -> Iterator[Provision]:
        return (part for part in self.old if part.kind in self._level and part.id not in self.taken)

    def _free(self, name: str, kind: ProvisionKind | None) -> Provision | None:
        found = self.old_by_id.get(name)
        return found if found and found.id not in self.taken and found.kind is kind else None

    def _pair_same_words_elsewhere(self) -> None:
        by_words: dict[tuple[ProvisionKind | None, str], list[Provision]] = defaultdict(list)
        for before in self._left():
            if before.text:
                by_words[before.kind, before.text].append(before)
        for part in self._open():
            if same := by_words.get((part.kind, part.text)):
                self._take(part, same.pop(0))

    def _pair_where_expected(self, least: float) -> None:
        for part in self._open():
            found = self._free(self.expected(part), part.kind)
            if found is None:
                continue
            same = least == 0 or found.text == part.text
            if same or (least < 1 and similarity(found.text, part.text) >= least):
                self._take(part, found)

    def _pair_similar_elsewhere(self) -> None:
        """Candidates share a run of words that is not everywhere, so that not all are compared with all."""
        by_run: dict[tuple[str, ...], list[Provision]] = defaultdict(list)
        for before in self._left():
            for run in _runs(before.text):
                by_run[run].append(before)
        for part in self._open():
            shared: Counter[str] = Counter()
            for run in _runs(part.text):
                if len(by_run.get(run, ())) <= _COMMON:
                    shared.update(it.id for it in by_run.get(run, ()) if it.kind is part.kind)
            for name, _ in shared.most_common(_RUN_WORDS):
                found = self._free(name, part.kind)
                if found and similarity(found.text, part.text) >= SIMILAR_ELSEWHERE:
                    self._take(part, found)
                    break


def similarity(old: str, new: str) -> float:
    """From 0 to 1: twice the words that both have in order, over all words; 1 for two empty texts."""
    before, after = _words(old), _words(new)
    if max(len(before), len(after)) > MAX_DIFF_WORDS:
        common = (Counter(before) & Counter(after)).total()
        return 2 * common / (len(before) + len(after))
    return SequenceMatcher(None, before, after, autojunk=False).ratio()


def _in_order(pairs: _Pairs) -> Iterator[Change]:
    left: dict[str, list[Provision]] = defaultdict(list)
    """Removed provisions by the provision before them that is still there; '' for the beginning."""
    last = ""
    for before in pairs.old:
        if before.id in pairs.taken:
            last = before.id
        else:
            left[last].append(before)
    yield from (Change(ChangeKind.REMOVED, before, None) for before in left[""])
    for part in pairs.new:
        found = pairs.match.get(part.id)
        if found is None:
            yield Change(ChangeKind.ADDED, None, part)
            continue
        yield _change(pairs, found, part)
        yield from (Change(ChangeKind.REMOVED, before, None) for before in left[found.id])


def _change(pairs: _Pairs, old: Provision, new: Provision) -> Change:
    above = pairs.match.get(new.parent)
    moved = (above.id if above else new.parent) != old.parent
    if old.id != new.id:
        return Change(ChangeKind.RENUMBERED, old, new, diff(old.text, new.text))
    if moved or old.text != new.text:
        return Change(ChangeKind.CHANGED, old, new, diff(old.text, new.text))
    return Change(ChangeKind.UNCHANGED, old, new)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[start : start + _RUN_WORDS]) for start in range(max(1, len(words) - _RUN_WORDS + 1))}
