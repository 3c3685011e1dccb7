"""The consultation made by us: lawful, reproducible, fitting its draft, and written as people write."""

import re
import unicodedata
from collections import Counter
from importlib.resources import files
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.consultations import (
    WHOLE,
    Action,
    ActionKind,
    Consultation,
    Outcome,
    PersonKind,
    Stance,
    active,
    digest,
)
from workloads.narrow import Size, bank, draft, generate, habits, respond

SEED = 20_260
GOLDEN = "fc100c7551b0c83117aff97327025c596c7fc9fe92a7b7651e71e259821ded28"
SMALL = Size(people=80, opinions=160, amendments=40, withdrawals=20)


@pytest.fixture(scope="module")
def made() -> Consultation:
    return generate(SEED)


def written(consultation: Consultation) -> list[Action]:
    return [action for action in consultation.actions if action.kind is not ActionKind.WITHDRAW]


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def test_the_same_seed_gives_the_same_bytes(made: Consultation) -> None:
    assert digest(generate(SEED)) == digest(made)
    assert digest(generate(SEED + 1)) != digest(made)


def test_the_golden_digest_holds_on_every_machine(made: Consultation) -> None:
    assert digest(made) == GOLDEN, (
        "the words or the order changed: if that was meant, write the new digest here"
    )


def test_it_is_as_large_as_the_pilot_asks(made: Consultation) -> None:
    kinds = Counter(action.kind for action in made.actions)
    assert kinds == {ActionKind.SUBMIT: 1_500, ActionKind.AMEND: 170, ActionKind.WITHDRAW: 60}
    assert (len(made.units), len(made.people)) == (40, 600)
    assert len(active(made.actions)) == 1_440
    heard = {action.participant for action in made.actions}
    assert heard == {person.id for person in made.people}, "everybody consulted says something"
    assert {person.unit for person in made.people} == {unit.id for unit in made.units}
    assert {person.kind for person in made.people} == set(PersonKind)


def test_the_draft_is_a_whole_decision_with_stable_ids(made: Consultation) -> None:
    parts = {part.id: part for part in made.draft.provisions}
    assert len(parts) == len(made.draft.provisions)
    assert [id for id in parts if re.fullmatch(r"dieu-\d+", id)] == [f"dieu-{i}" for i in range(1, 22)]
    assert parts["dieu-5.khoan-3.diem-dd"].label == "Điểm đ khoản 3 Điều 5"
    assert parts["dieu-5.khoan-1"].text.startswith("Vỉa hè chỉ được sử dụng tạm thời")
    assert parts["chuong-3"].label == "Chương III"
    for id in parts:
        assert "." not in id or id.rpartition(".")[0] in parts, f"{id} has a parent"
    assert made.draft.draft().digest() == draft.read().draft().digest()
    assert all(ground.endswith((";", ".")) for ground in made.draft.grounds)


def test_clauses_and_points_are_numbered_without_gaps(made: Consultation) -> None:
    letters = ["a", "b", "c", "d", "dd", "e", "g", "h", "i", "k"]
    children: dict[str, list[str]] = {}
    for part in made.draft.provisions:
        parent, _, last = part.id.rpartition(".")
        children.setdefault(parent, []).append(last)
    for parent, names in children.items():
        if ".khoan-" in parent:
            assert names == [f"diem-{letter}" for letter in letters[: len(names)]], parent
        elif parent:
            assert names == [f"khoan-{i}" for i in range(1, len(names) + 1)], parent


@pytest.mark.parametrize("line", ["Điều lẻ loi", "a) điểm không có khoản", "1. khoản không có điều"])
def test_a_line_of_the_draft_that_is_no_provision_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="draft line 2 is"):
        draft.parse(f"Tiêu đề: Quyết định\n{line}\n")


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(80, 120), st.integers(0, 60), st.integers(0, 60))
def test_every_seed_gives_a_lawful_order(seed: int, opinions: int, amendments: int, withdrawals: int) -> None:
    size = Size(80, opinions, amendments, withdrawals)
    consultation = generate(seed, size)
    standing = active(consultation.actions)  # raises where an end precedes its opinion or two are active
    assert len(standing) == opinions - withdrawals
    assert len(consultation.actions) == opinions + amendments + withdrawals
    provisions = {part.id for part in consultation.draft.provisions} | {WHOLE}
    assert {action.provision for action in consultation.actions} <= provisions


def test_some_amend_twice_and_some_change_their_mind(made: Consultation) -> None:
    by_key = {action.key: action for action in made.actions}
    amended = [(by_key[it.supersedes_key or ""], it) for it in made.actions if it.kind is ActionKind.AMEND]
    assert any(old.kind is ActionKind.AMEND for old, _ in amended)
    changed = sum(old.stance is not new.stance for old, new in amended) / len(amended)
    assert 0.2 < changed < 0.5
    assert all(nfc(old.text) != nfc(new.text) for old, new in amended)


def test_a_lawless_order_is_refused(made: Consultation) -> None:
    opinion = made.actions[0]
    with pytest.raises(ValueError, match="used twice"):
        active([opinion, opinion])
    amendment = next(it for it in made.actions if it.kind is ActionKind.AMEND)
    with pytest.raises(ValueError, match="active is None"):
        active([amendment])


def test_opinions_seldom_repeat_word_for_word(made: Consultation) -> None:
    texts = [nfc(action.text) for action in written(made)]
    assert all(text.strip() for text in texts)
    repeated = 1 - len(set(texts)) / len(texts)
    assert repeated < 0.10
    assert repeated > 0, "some write no more than 'Đồng ý.', as people do"


def test_lengths_and_registers_are_mixed(made: Consultation) -> None:
    kinds = {person.id: person.kind for person in made.people}
    lengths = sorted(len(nfc(action.text)) for action in written(made))
    assert lengths[0] < 15
    assert lengths[-1] > 700
    citizens = [nfc(it.text) for it in written(made) if kinds[it.participant] is PersonKind.CITIZEN]
    officials = [nfc(it.text) for it in written(made) if kinds[it.participant] is PersonKind.OFFICIAL]
    assert len(citizens) > len(officials) > 200
    bare = sum(text.isascii() for text in citizens) / len(citizens)
    capitals = sum(text.isupper() for text in citizens) / len(citizens)
    small = sum(text.islower() for text in citizens) / len(citizens)
    assert 0.03 < bare < 0.15
    assert 0.005 < capitals < 0.08
    assert 0.08 < small < 0.35
    assert not any(text.isascii() or text.isupper() for text in officials)
    assert any(text.startswith("Sở ") for text in officials)
    assert any("\n2. " in text for text in officials)


def test_some_texts_are_decomposed_and_none_is_lost_by_composing(made: Consultation) -> None:
    decomposed = [it for it in written(made) if nfc(it.text) != it.text]
    assert 0.02 < len(decomposed) / len(written(made)) < 0.10
    assert all(unicodedata.normalize("NFD", nfc(it.text)) == it.text for it in decomposed)


def test_no_template_shows_through(made: Consultation) -> None:
    for action in made.actions:
        for text in (action.text, action.proposal, action.reason):
            assert not re.search(r"[{}]", text), text
            assert text == text.strip()


def test_contested_articles_are_contested(made: Consultation) -> None:
    stances: dict[str, Counter[Stance]] = {}
    for action in made.actions:
        if action.kind is ActionKind.SUBMIT:
            stances.setdefault(draft.article_of(action.provision), Counter())[action.stance] += 1
    share = {id: found[Stance.DISAGREE] / found.total() for id, found in stances.items()}
    assert share["dieu-13"] > 0.28 > 0.15 > share["dieu-3"]
    total = sum(stances.values(), Counter[Stance]())
    assert all(total[stance] > 50 for stance in Stance)
    assert sum(found.total() > 20 for found in stances.values()) >= 20, "opinions reach all over the draft"


def test_every_argument_fits_a_provision_of_its_own_article() -> None:
    provisions = {part.id for part in draft.read().provisions} | {WHOLE}
    articles = bank.articles()
    assert len({article.id for article in articles}) == len(articles) == 22
    for article in articles:
        assert len(article.stances) == len(Stance)
        assert sum(article.stances) == 100
        for argument in article.argument:
            assert argument.side in ("for", "change", "against")
            assert argument.camp in ("", "strict", "lenient")
            assert set(argument.at) <= provisions
            assert {draft.article_of(id) for id in argument.at} == {article.id}


def test_everybody_has_something_to_say_on_every_side_of_every_article() -> None:
    personas = [persona.id for persona in bank.read(bank.Phrases, "phrases.toml").persona]
    for article in bank.articles():
        for argument in article.argument:
            assert set(argument.by) | set(argument.not_by) <= set(personas)
        for side in ("for", "change", "against"):
            for persona in ["", *personas]:
                fitting = [it for it in article.argument if it.side == side and it.fits(persona)]
                assert fitting, f"{persona or 'an official'} has no words {side} {article.id}"


def test_nobody_argues_for_both_camps_at_once(made: Consultation) -> None:
    against = {article.id: article.argument for article in bank.articles()}
    for action in written(made):
        text = nfc(action.text).lower()
        camps = {
            argument.camp
            for argument in against[draft.article_of(action.provision)]
            if argument.camp
            and any(said[1:].lower() in text for said in [*argument.official, *argument.citizen])
        }
        assert len(camps) <= 1, action.text


def test_the_data_is_composed_and_its_phrases_fill() -> None:
    folder = files("workloads.narrow")
    arguments = folder.joinpath("arguments")
    for file in [*folder.iterdir(), *arguments.iterdir()]:
        if file.name.endswith((".toml", ".txt", ".md")):
            text = file.read_text(encoding="utf-8")
            assert nfc(text) == text, file.name


def test_every_opinion_that_counts_is_answered_exactly_once(made: Consultation) -> None:
    responses = respond(made)
    standing = active(made.actions)
    answered = [key for response in responses for key in response.keys]
    assert sorted(answered) == sorted(standing)
    for response in responses:
        assert {standing[key].provision for key in response.keys} == {response.provision}
        assert {standing[key].stance for key in response.keys} == {response.stance}
        assert response.text[0].isupper()
        assert "{" not in response.text
    assert {response.outcome for response in responses} == set(Outcome)
    order = [WHOLE, *(part.id for part in made.draft.provisions)]
    places = [order.index(response.provision) for response in responses]
    assert all(earlier <= later for earlier, later in pairwise(places))


def test_there_is_an_answer_for_every_article_and_stance() -> None:
    rows = bank.read(bank.Responses, "responses.toml").response
    wanted = {
        (article.id, stance)
        for article in bank.articles()
        for stance in (Stance.AGREE_WITH_COMMENTS, Stance.DISAGREE)
    }
    assert sorted((row.article, row.stance) for row in rows) == sorted(wanted)


def test_a_larger_consultation_is_made_the_same_way() -> None:
    large = generate(3, Size(people=2_000, opinions=6_000, amendments=500, withdrawals=200))
    assert len(active(large.actions)) == 5_800
    assert len({action.key for action in large.actions}) == 6_700


@pytest.mark.parametrize(
    "size", [Size(people=79), Size(people=2_000), Size(withdrawals=1_501), Size(withdrawals=-1)]
)
def test_a_size_that_cannot_be_is_refused(size: Size) -> None:
    with pytest.raises(ValueError, match="cannot be made; allowed are at least 80 people"):
        generate(SEED, size)


def test_an_unknown_key_in_a_data_file_is_refused() -> None:
    with pytest.raises(ValueError, match="wieght"):
        bank.Persona.model_validate({"id": "x", "weight": 1, "wieght": 1, "about_self": []})


def test_habits_type_as_they_are_called() -> None:
    known = bank.read(bank.Habits, "habits.toml")
    text = "Đề nghị sửa vỉa hè, không được lấn chiếm."
    assert (
        habits.typed(text, "no_diacritics", known, Random(0)) == "De nghi sua via he, khong duoc lan chiem."
    )
    assert habits.typed(text, "capitals", known, Random(0)) == "ĐỀ NGHỊ SỬA VỈA HÈ, KHÔNG ĐƯỢC LẤN CHIẾM."
    assert habits.typed(text, "plain", known, Random(0)) == text
    assert any("ko" in habits.typed(text, "chat", known, Random(i)) for i in range(20))
    assert any("vĩa" in habits.typed(text, "misspelling", known, Random(i)) for i in range(20))
    assert set(known.share) == {"plain", "lower_case", "no_diacritics", "capitals", "chat", "misspelling"}
    with pytest.raises(ValueError, match="no habit 'shouting'"):
        habits.typed(text, "shouting", known, Random(0))
