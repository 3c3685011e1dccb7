"""Moments and periods: RFC 3339 alone, the first bound in and the second out, whatever the offset."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import moments
from consultation.core.moments import ALWAYS, Period


def test_a_period_holds_its_first_moment_and_not_its_last() -> None:
    period = Period("2026-01-01T00:00:00+07:00", "2027-01-01T00:00:00+07:00")
    assert period.holds("2025-12-31T17:00:00Z")
    assert not period.holds("2025-12-31T16:59:59Z")
    assert period.holds("2026-12-31T16:59:59.5Z")
    assert not period.holds("2026-12-31T17:00:00Z")


def test_a_bound_may_be_missing() -> None:
    moment = "2026-11-23T10:11:12Z"
    assert ALWAYS.holds(moment)
    assert not ALWAYS.bounded
    assert Period(since=moment).holds(moment)
    assert not Period(until=moment).holds(moment)
    assert str(Period(until=moment)) == f"until before {moment}"


def test_an_empty_period_is_none() -> None:
    for until in ("2026-01-01T00:00:00Z", "2026-01-01T06:59:59+07:00"):
        with pytest.raises(ValueError, match="is empty"):
            Period("2026-01-01T00:00:00Z", until)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T10:11:12",
        "2026-11-23 10:11:12Z",
        "2026-11-23T10:11Z",
        "2026-02-30T10:11:12Z",
        "2026-11-23T24:11:12Z",
        "2026-11-23T10:11:12z",
        "2026-11-23T10:11:12+0700",
        "٢٠٢٦-11-23T10:11:12Z",
        "2026-11-23T10:11:12Z\n",
    ],
)
def test_another_form_of_a_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|no such moment"):
        moments.parse(text)


@given(
    st.text(max_size=30) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", fullmatch=True)
)
def test_any_text_is_a_moment_with_an_offset_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert moments.parse(text).utcoffset() is not None


@given(st.datetimes().map(lambda time: f"{time:%m-%dT%H:%M:%SZ}"), st.integers(1000, 9999))
def test_a_moment_is_in_the_period_up_to_it_or_from_it_and_never_in_both(rest: str, year: int) -> None:
    text = f"{year}-{rest}"
    with suppress(ValueError):  # 29 February
        moments.parse(text)
        assert Period(since=text).holds(text)
        assert not Period(until=text).holds(text)
