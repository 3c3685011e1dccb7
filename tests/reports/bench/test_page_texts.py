"""The words of the bench's page: the same keys in both languages, with the same places to fill."""

import unicodedata
from typing import get_args

import pytest

from reports.bench.saturation import Cause
from reports.bench.shapes import Drive, Kind, Level, Loop
from reports.bench.words import words
from reports.derived import MOMENTS
from reports.texts import LANGUAGES, Language
from tests.reports.test_texts import leaves, places


def bench(language: Language) -> dict[tuple[str, ...], str]:
    tree = words(language).tree["bench"]
    assert isinstance(tree, dict)
    return dict(leaves(tree))


def test_both_languages_have_the_same_keys_and_places_to_fill() -> None:
    vi, en = (bench(language) for language in LANGUAGES)
    assert set(vi) == set(en)
    assert {key: places(text) for key, text in vi.items()} == {key: places(text) for key, text in en.items()}


def test_vietnamese_letters_are_composed() -> None:
    for key, text in bench("vi").items():
        assert unicodedata.is_normalized("NFC", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_that_a_bench_records_has_words(language: Language) -> None:
    has = words(language).has
    assert all(has("bench", "levels", level) for level in get_args(Level))
    assert all(has("bench", "moments", moment) for moment in MOMENTS)
    assert all(has("bench", "drives", drive) for drive in get_args(Drive))
    assert all(has("bench", "loops", loop) for loop in get_args(Loop))
    assert all(has("bench", "kinds", kind) for kind in get_args(Kind))
    assert all(has("bench", "causes", cause or "none") for cause in get_args(Cause))


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("interrupted", "bị ngắt giữa chừng"),
        ("interrupted; evm ended early: interrupted", "bị ngắt giữa chừng; evm dừng sớm: bị ngắt giữa chừng"),
        ("the operator alone", "chỉ đơn vị vận hành"),
        ("one node, no consensus", "một nút, không có đồng thuận"),
        (
            "3 of 4 signers by proof of authority, without finality, and the operator",
            "3 trên 4 bên ký khối theo bằng chứng thẩm quyền, không có tính chung cuộc, và đơn vị vận hành",
        ),
    ],
)
def test_what_a_bench_records_in_english_is_said_in_vietnamese(recorded: str, shown: str) -> None:
    assert words("vi").phrase(recorded) == shown
    assert words("en").phrase(recorded) == recorded


def test_the_reports_own_words_are_still_there() -> None:
    assert words("vi").text("durability", "power") == "máy chủ mất điện"
