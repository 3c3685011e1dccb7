"""Near-identical texts are read as one and counted as many."""

import unicodedata
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import grouping

LETTER = "quy định lòng đường vỉa hè người dân đề nghị bổ sung mức phí thời gian sử dụng"
WORDS = LETTER.split()
texts = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.lists(st.sampled_from(WORDS[:4]), max_size=12).map(" ".join) | st.text(max_size=8),
    max_size=6,
)


def twin(given_texts: Mapping[str, str]) -> set[tuple[str, ...]]:
    """The slow way: hold every text against the first text of every group, without signatures."""
    alike: dict[str, list[str]] = {}
    for name, text in given_texts.items():
        alike.setdefault(grouping.normalise(text), []).append(name)
    clusters: list[list[str]] = []
    for form in sorted(alike, key=lambda one: (-len(alike[one]), -len(one), one)):
        words = grouping.shingles(form)
        for cluster in clusters:
            first = grouping.shingles(cluster[0])
            union = len(first | words)
            if union and len(first & words) / union >= 0.7 - 1e-12:
                cluster.append(form)
                break
        else:
            clusters.append([form])
    return {tuple(sorted(name for form in cluster for name in alike[form])) for cluster in clusters}


def members(given_texts: Mapping[str, str]) -> set[tuple[str, ...]]:
    return {one.members for one in grouping.group(given_texts)}


@given(texts)
def test_every_text_is_in_exactly_one_group(given_texts: dict[str, str]) -> None:
    groups = grouping.group(given_texts)
    assert sorted(name for one in groups for name in one.members) == sorted(given_texts)
    assert all(one.first in one.members for one in groups)


@given(texts, st.randoms(use_true_random=False))
def test_no_order_changes_the_groups(given_texts: dict[str, str], rng: Random) -> None:
    items = list(given_texts.items())
    rng.shuffle(items)
    assert grouping.group(dict(items)) == grouping.group(given_texts)


@given(texts)
def test_whoever_is_in_a_group_is_like_its_first(given_texts: dict[str, str]) -> None:
    for one in grouping.group(given_texts):
        first = grouping.normalise(given_texts[one.first])
        for name in one.members:
            form = grouping.normalise(given_texts[name])
            assert form == first or grouping.are_similar(grouping.shingles(form), grouping.shingles(first))


def campaign(rng: Random, letters: int, copies: int) -> dict[str, str]:
    """Letters of 40 words, each sent again with one word changed at either end, and as many of their own."""
    vocabulary = [f"{one} {other}" for one in WORDS for other in WORDS]
    found = {}
    for letter in range(letters):
        words = " ".join(rng.choice(vocabulary) for _ in range(20)).split()
        for copy in range(copies):
            changed = [*words, rng.choice(WORDS)] if copy % 2 else [*words[:-1], rng.choice(WORDS)]
            found[f"{letter}-{copy}"] = " ".join(changed)
        found[f"own-{letter}"] = " ".join(rng.choice(vocabulary) for _ in range(20))
    return found


def test_signatures_find_the_groups_that_the_slow_twin_finds() -> None:
    for seed in range(3):
        given_texts = campaign(Random(seed), letters=6, copies=12)
        assert members(given_texts) == twin(given_texts)
        assert len(members(given_texts)) == 12


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tôi đồng ý!", "  tôi   ĐỒNG Ý "),
        ("Tôi đồng ý.", unicodedata.normalize("NFD", "Tôi đồng ý")),
        ("Phí: 5.000 đồng", "phí 5 000 đồng"),
        ("", "\u200b\n"),
    ],
)
def test_case_spaces_punctuation_and_unicode_form_make_no_difference(one: str, other: str) -> None:
    assert members({"a": one, "b": other}) == {("a", "b")}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Tôi đồng ý", "Tôi không đồng ý"), ("", "Tôi"), ("tốt", "tớt"), ("👍", "👎"), ("👍", "")],
)
def test_what_differs_in_a_word_of_few_stays_apart(one: str, other: str) -> None:
    assert members({"a": one, "b": other}) == {("a",), ("b",)}


def test_the_text_sent_most_often_is_shown() -> None:
    given_texts = {"a": f"{LETTER} nhé", "b": LETTER, "c": f"{LETTER}.", "d": LETTER}
    [one] = grouping.group(given_texts)
    assert given_texts[one.first] == LETTER
    assert len(one.members) == 4


def test_the_threshold_is_met_exactly_without_rounding() -> None:
    ten = frozenset(map(str, range(10)))
    assert grouping.are_similar(ten, frozenset(map(str, range(7))))
    assert not grouping.are_similar(ten, frozenset(map(str, range(6))))
