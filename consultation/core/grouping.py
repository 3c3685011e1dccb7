"""Near-identical texts, as a campaign sends them by the thousand, grouped for reading. Nothing is dropped.

First texts that are the same but for case, spaces and punctuation; then those whose sets of three words in
a row overlap by `SIMILAR` or more (Jaccard; Broder 1997). A group is built around its first text, the one
sent most often, and every other text of it is that similar to the first: no chain of small steps joins texts
that have little in common. Candidates come from MinHash signatures in bands (Leskovec, Rajaraman, Ullman,
'Mining of Massive Datasets', 3.4); the overlap itself is then computed, not estimated, so that chance can
leave a similar text in a group of its own but never put a different one in. At the threshold a pair is
missed with a probability of 0.00004, well above it practically never.

The hash is SHAKE-128 without a seed: the same texts give the same groups on every machine. One word can
turn a text around ('đồng ý', 'không đồng ý'): callers group within one provision and one stance.
"""

import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import shake_128

SHINGLE_WORDS = 3
SIMILAR = (7, 10)
"""Overlap from which two texts are near-identical, as a fraction, so that no rounding decides."""
BANDS, ROWS = 24, 3
"""A pair of overlap s becomes a candidate with probability 1 - (1 - s^ROWS)^BANDS."""
_ODD = re.compile(r"[^\w ]|_")
_HASHES = struct.Struct(f">{BANDS * ROWS}H")
"""16 bits for each hash: all of them fit into one block of SHAKE-128 (168 bytes)."""
_BAND_BYTES = _HASHES.size // BANDS


@dataclass(frozen=True, slots=True)
class Group:
    """Texts that are read as one."""

    first: str
    """Id of the text to show: of those sent most often in the very same words."""
    members: tuple[str, ...]
    """Ids of all of them, the first included, sorted."""


def group(texts: Mapping[str, str]) -> tuple[Group, ...]:
    """Every id stands in exactly one group; the order of ids does not matter. Groups in order of `first`."""
    alike = _same_words(texts)
    found = []
    for cluster in _similar(alike):
        members = sorted(name for form in cluster for name in alike[form])
        found.append(Group(_shown(texts, alike[cluster[0]]), tuple(members)))
    return tuple(sorted(found, key=lambda one: one.first))


def normalise(text: str) -> str:
    """NFC, lower case, words apart by one space, without punctuation and signs that do not show."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(_ODD.sub(_spaced, folded).split())


def _spaced(odd: re.Match[str]) -> str:
    """Marks and symbols (an emoji may be all that somebody says) stay; everything else parts words."""
    return odd[0] if unicodedata.category(odd[0])[0] in "MS" else " "


def shingles(form: str) -> frozenset[str]:
    """Every three words in a row of a normalised text; a shorter text is one shingle, the empty one none."""
    words = form.split(" ") if form else []
    if len(words) <= SHINGLE_WORDS:
        return frozenset([form] if form else [])
    return frozenset(" ".join(words[at : at + SHINGLE_WORDS]) for at in range(len(words) - SHINGLE_WORDS + 1))


def are_similar(one: frozenset[str], other: frozenset[str]) -> bool:
    """Jaccard overlap of at least `SIMILAR`, in whole numbers."""
    share, whole = SIMILAR
    shared = len(one & other)
    return shared * whole >= share * (len(one) + len(other) - shared)


def leaders_first(alike: Mapping[str, Sequence[str]]) -> list[str]:
    """Normal forms in the order in which they may begin a group: most often sent, longest, by text."""
    return sorted(alike, key=lambda form: (-len(alike[form]), -len(form), form))


def _same_words(texts: Mapping[str, str]) -> dict[str, list[str]]:
    alike: dict[str, list[str]] = defaultdict(list)
    for name, text in texts.items():
        alike[normalise(text)].append(name)
    return alike


def _similar(alike: Mapping[str, Sequence[str]]) -> Iterable[list[str]]:
    """Clusters of normal forms, each with the one that it is built around first."""
    clusters: list[list[str]] = []
    leaders: list[frozenset[str]] = []
    table: list[dict[bytes, list[int]]] = [{} for _ in range(BANDS)]
    for form in leaders_first(alike):
        mine = shingles(form)
        keys = _bands(mine) if mine else []
        near = {at for band, key in zip(table, keys, strict=False) for at in band.get(key, ())}
        leader = next((at for at in sorted(near) if are_similar(leaders[at], mine)), None)
        if leader is not None:
            clusters[leader].append(form)
            continue
        for band, key in zip(table, keys, strict=False):
            band.setdefault(key, []).append(len(leaders))
        clusters.append([form])
        leaders.append(mine)
    return clusters


def _bands(words: frozenset[str]) -> list[bytes]:
    """The MinHash signature, cut into bands: of each hash the least value over the shingles."""
    hashes = [_HASHES.unpack(shake_128(word.encode()).digest(_HASHES.size)) for word in words]
    least = _HASHES.pack(*(map(min, *hashes) if len(hashes) > 1 else hashes[0]))
    return [least[at : at + _BAND_BYTES] for at in range(0, _HASHES.size, _BAND_BYTES)]


def _shown(texts: Mapping[str, str], names: Iterable[str]) -> str:
    """Of texts in the same words the one whose letters sort first; of equal ones any does."""
    return min(names, key=lambda name: (texts[name], name))
