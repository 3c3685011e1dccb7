"""The words: the same keys in both languages, with the same places to fill."""

import re
from collections.abc import Iterator

import pytest

from reports.rules import read_rules
from reports.texts import LANGUAGES, Texts, Tree, emphasis, texts


def leaves(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in tree.items():
        if isinstance(value, str):
            yield (*above, key), value
        elif isinstance(value, list):
            if key != "phrases":
                yield from (((*above, key, str(place)), item) for place, item in enumerate(value))
        elif not isinstance(value, tuple):
            yield from leaves(value, (*above, key))  # type: ignore[arg-type]


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_both_languages_have_the_same_keys_and_places_to_fill() -> None:
    vi, en = (dict(leaves(texts(language).tree)) for language in LANGUAGES)
    assert set(vi) == set(en)
    assert {key: places(text) for key, text in vi.items()} == {key: places(text) for key, text in en.items()}


def test_the_rules_speak_both_languages_with_the_same_places_to_fill() -> None:
    rules = read_rules()
    for pair in (*rules.verdicts.values(), *rules.clauses.values()):
        assert places(pair["vi"]) == places(pair["en"])
    assert all(rule.vi and rule.en for rule in (*rules.rules, *rules.run_rules))


def test_every_verdict_has_a_sentence_and_a_short_form() -> None:
    for language in LANGUAGES:
        overall = texts(language).tree["overall"]
        assert set(overall) == set(read_rules().verdicts)


def test_vietnamese_letters_are_composed() -> None:
    import unicodedata

    for key, text in leaves(texts("vi").tree):
        assert unicodedata.is_normalized("NFC", text), key


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("the operator alone", "chỉ đơn vị vận hành"),
        ("more than two thirds of 4 validators", "hơn hai phần ba trong 4 nút xác thực"),
        ("60/s", "60 ý kiến/giây"),
        (
            "for anchors of batches: the operator only: one node, no consensus",
            "đối với điểm neo của từng lô: chỉ đơn vị vận hành; một nút, không có đồng thuận",
        ),
    ],
)
def test_what_a_run_records_in_english_is_said_in_vietnamese(recorded: str, shown: str) -> None:
    assert texts("vi").phrase(recorded) == shown
    assert texts("en").phrase(recorded) == recorded


def test_a_phrase_that_is_not_known_stays_as_it_is() -> None:
    assert Texts("vi").phrase("something new") is None


def test_a_missing_text_names_its_path() -> None:
    with pytest.raises(KeyError, match=r"vi.toml: sections.nowhere"):
        texts("vi").text("sections", "nowhere")


def test_emphasis_is_kept_and_the_rest_escaped() -> None:
    assert emphasis("**a** *b* <c>") == "<strong>a</strong> <em>b</em> &lt;c&gt;"
