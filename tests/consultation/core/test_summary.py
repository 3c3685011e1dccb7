"""The table: every counted opinion in exactly one row, no row without one, nobody recognisable."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.core import assembly, canonical, summary, summary_file
from consultation.core.assembly import Assigned, Counted
from consultation.core.drafts import Outcome, Stance
from consultation.core.people import Audience
from consultation.core.summary import Moderation, Row, State, Summary, SummaryError
from consultation.service.table import Response, answered
from tests.consultation.core.tables import PROVISIONS, RESPONSES, header, opinions, table

TEXT = "Đề nghị làm rõ mức phí sử dụng tạm thời vỉa hè."
ONE = Counted("01" * 32, "dieu-2", Audience.PUBLIC, "", Stance.AGREE, TEXT, "", "")
ROW = Row("dieu-2", Audience.PUBLIC, "", Stance.AGREE, TEXT, "", "", 1, State.SHOWN)
FEW = settings(max_examples=40)
"""Tables are dear to make; what goes wrong does so with two or three opinions."""


# Rows from opinions


@FEW
@given(opinions())
def test_every_counted_opinion_is_in_exactly_one_row_and_no_row_is_without(found: list[Counted]) -> None:
    assigned = assembly.assemble(found)
    assert Counter(name for one in assigned for name in one.opinions) == Counter(one.id for one in found)
    assert all(one.row.size == len(one.opinions) >= 1 for one in assigned)
    stances = Counter((one.provision, one.stance) for one in found)
    by_provision = summary.totals(one.row for one in assigned).by_provision
    assert {
        (name, stance): n for name, by in by_provision.items() for stance, n in by.items() if n
    } == stances


@FEW
@given(opinions(), st.randoms(use_true_random=False))
def test_no_order_of_opinions_changes_a_byte_of_the_table(found: list[Counted], rng: Random) -> None:
    shuffled = list(found)
    rng.shuffle(shuffled)
    assert table(shuffled).encode() == table(found).encode()


@FEW
@given(opinions(), st.randoms(use_true_random=False))
def test_a_row_tells_nothing_of_its_entries(found: list[Counted], rng: Random) -> None:
    """With other leaf hashes under the same opinions the table is the same, byte for byte."""
    names = [f"{rng.getrandbits(128):032x}{at:032x}" for at, _ in enumerate(found)]
    renamed = [replace(one, id=name) for one, name in zip(found, names, strict=True)]
    assert table(renamed).encode() == table(found).encode()


@FEW
@given(opinions())
def test_hidden_words_are_in_no_row(found: list[Counted]) -> None:
    secret = replace(ONE, text="Bí mật 4711", moderation=Moderation.PERSONAL_DATA)
    erased = replace(ONE, id="02" * 32, text="Bí mật 4711", erased=True)
    made = table([*found, secret, erased])
    assert "4711" not in made.encode().decode()
    states = Counter(row.state for row in made.rows if row.provision == "dieu-2")
    assert states[State.MODERATED] >= 1
    assert states[State.WITHDRAWN] >= 1


def test_near_identical_opinions_are_one_row_with_its_size_and_other_stances_stay_apart() -> None:
    found = [ONE, replace(ONE, id="b", text=TEXT.upper()), replace(ONE, id="c", stance=Stance.DISAGREE)]
    made = table(found)
    assert {(row.stance, row.size, row.state) for row in made.rows} == {
        (Stance.AGREE, 2, State.MERGED),
        (Stance.DISAGREE, 1, State.SHOWN),
    }
    assert made.published == 3


def test_an_answer_to_a_row_goes_before_the_one_to_its_provision() -> None:
    [one] = assembly.assemble([ONE])
    own = Response(Outcome.EXPLAINED, "Đã nêu tại Điều 12.", key=one.key)
    general, special = answered(one, RESPONSES), answered(one, [*RESPONSES, own])
    assert (general.row.outcome, special.row.outcome) == (Outcome.ACCEPTED_IN_PART, Outcome.EXPLAINED)
    [hidden] = assembly.assemble([replace(ONE, moderation=Moderation.INSULT)])
    assert answered(hidden, [own]).row.outcome is Outcome.EXPLAINED


def test_received_counted_and_published_are_three_numbers() -> None:
    found = [ONE, replace(ONE, id="b", moderation=Moderation.INSULT), replace(ONE, id="c", erased=True)]
    made = table(found, excluded=2)
    assert (made.header.received, made.header.counted, made.published) == (5, 3, 1)


ASSIGNED = Assigned(ROW, ("a",), "")


@pytest.mark.parametrize(
    ("assigned", "counted", "message", "rows"),
    [
        ([ASSIGNED], ["a", "b"], "1 counted opinions are in no row, the first is b", ()),
        ([ASSIGNED, ASSIGNED], ["a"], "more than one place", (0, 1)),
        ([Assigned(replace(ROW, size=2, state=State.MERGED), ("a", "a"), "")], ["a"], "more than one", (0,)),
        ([ASSIGNED, Assigned(ROW, (), "")], ["a"], "says 1 opinions and holds 0", (1,)),
        ([Assigned(replace(ROW, size=2), ("a",), "")], ["a"], "says 2 opinions and holds 1", (0,)),
        ([ASSIGNED, Assigned(ROW, ("x",), "")], ["a"], "not counted", (1,)),
    ],
)
def test_a_lost_doubled_or_invented_opinion_is_found(
    assigned: list[Assigned], counted: list[str], message: str, rows: tuple[int, ...]
) -> None:
    with pytest.raises(SummaryError, match=message) as refused:
        assembly.tabulate(header(len(counted)), PROVISIONS, assigned, counted)
    assert refused.value.rows == rows


def test_an_opinion_given_twice_is_refused_before_it_counts_twice() -> None:
    with pytest.raises(SummaryError, match="given twice"):
        assembly.assemble([ONE, ONE])


# The table by itself


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (replace(ROW, size=0), "at least one opinion"),
        (replace(ROW, size=2), "a row of 2 opinions"),
        (replace(ROW, state=State.MERGED), "at least two"),
        (replace(ROW, state=State.WITHDRAWN), "is not shown"),
        (replace(ROW, state=State.MODERATED, moderation=Moderation.INSULT), "is not shown"),
        (replace(ROW, state=State.MODERATED, text=""), "a reason for moderation"),
        (replace(ROW, moderation=Moderation.INSULT), "a reason for moderation"),
        (replace(ROW, organisation="Nguyễn Văn A"), "a private person never"),
        (replace(ROW, audience=Audience.ASSOCIATION), "an organisation is named"),
        (replace(ROW, answer="Đã sửa."), "an answer has an outcome"),
        (replace(ROW, outcome=Outcome.EXPLAINED, answer=" "), "the answer is empty"),
        (replace(ROW, text="a\u0302"), "NFC"),
    ],
)
def test_a_row_at_fault_is_named_by_its_place(row: Row, message: str) -> None:
    good = replace(ROW, text="")
    made = summary.arrange(header(1 + row.size), PROVISIONS, [good, row])
    with pytest.raises(SummaryError, match=message) as refused:
        summary.check(made)
    assert refused.value.rows == (made.rows.index(row),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda made: replace(made, rows=made.rows[::-1]), "order of the draft"),
        (lambda made: replace(made, rows=made.rows[:1]), "2 opinions are counted and 1 are in the rows"),
        (lambda made: replace(made, header=replace(made.header, received=1)), "than the 1 received"),
        (lambda made: replace(made, provisions=(*made.provisions, ("dieu-11", "Điều 11"))), "order of"),
        (lambda made: replace(made, provisions=made.provisions[1:]), "no provision 'dieu-2'"),
    ],
)
def test_a_table_that_does_not_add_up_is_refused(change: Callable[[Summary], Summary], message: str) -> None:
    made = table([ONE, replace(ONE, id="b", text="Không có ý kiến khác.")])
    summary.check(made)
    with pytest.raises(SummaryError, match=message):
        summary.check(change(made))


def test_rows_stand_in_the_order_of_the_draft() -> None:
    found = [replace(ONE, id=name, provision=name) for name, _ in reversed(PROVISIONS)]
    assert [row.provision for row in table(found).rows] == [name for name, _ in PROVISIONS]


def test_a_table_is_published_only_with_an_answer_to_every_row() -> None:
    made = table([ONE, replace(ONE, id="b", provision="dieu-10")])
    summary.check_answered(made)
    with pytest.raises(SummaryError, match="2 rows have no response") as refused:
        summary.check_answered(made.unanswered())
    assert refused.value.rows == (0, 1)


@FEW
@given(opinions())
def test_the_table_before_the_responses_has_the_same_opinions(found: list[Counted]) -> None:
    assigned = assembly.assemble(found)
    before = assembly.tabulate(header(len(found)), PROVISIONS, assigned, [one.id for one in found])
    assert table(found).unanswered().digest() == before.digest()


# Reading it back


@FEW
@given(opinions())
def test_a_table_is_read_back_as_it_was(found: list[Counted]) -> None:
    made = table(found)
    assert summary_file.decode(made.encode()) == made
    assert len(made.digest()) == 64


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_summary_error(data: bytes) -> None:
    with pytest.raises(SummaryError):
        summary_file.decode(data)


Junk = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**53 - 1) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FIELDS = sorted(table([ONE]).to_json())
ROW_FIELDS = sorted(ROW.to_json())


@FEW
@given(st.sampled_from(FIELDS), Junk)
def test_a_table_with_anything_in_a_field_is_refused_unless_it_is_what_stood_there(
    name: str, junk: canonical.Json
) -> None:
    changed = {**table([ONE]).to_json(), name: junk}
    data = canonical.encode(changed)
    try:
        assert summary_file.decode(data).encode() == data
    except SummaryError:
        return


@FEW
@given(st.sampled_from(ROW_FIELDS), Junk)
def test_a_row_with_anything_in_a_field_is_refused_unless_the_table_still_adds_up(
    name: str, junk: canonical.Json
) -> None:
    made = table([ONE])
    changed = {**made.to_json(), "rows": [{**made.rows[0].to_json(), name: junk}]}
    data = canonical.encode(changed)
    try:
        assert summary_file.decode(data).encode() == data
    except SummaryError:
        return


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b'"size":1', b'"size":2', "a row of 2 opinions"),
        (b'"counted":1', b'"counted":2', "2 opinions are counted"),
        (b'"agree":1', b'"agree":2', "totals"),
        (b'"published":1', b'"published":2', "totals"),
        (b'"stance":"agree"', b'"stance":"yes"', "stance is one of agree, agree_with_comments"),
        (b'"v":1', b'"v":2', "version"),
        (b'"size":1', b'"size": 1', "canonical"),
        (b'"size":1', b'"size":true', "size is a count"),
    ],
)
def test_a_forged_table_is_refused_with_what_was_found(before: bytes, after: bytes, message: str) -> None:
    data = table([ONE]).encode()
    assert before in data
    with pytest.raises(SummaryError, match=message):
        summary_file.decode(data.replace(before, after))
