"""How numbers and dates are written in each language."""

import pytest

from reports import numbers


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (1234.5, "1.234", "1,234"),
        (60.0, "60", "60"),
        (59.97, "60,0", "60.0"),
        (0.0123, "0,0123", "0.0123"),
        (-3.25, "−3,25", "−3.25"),
        (0, "0", "0"),
    ],
)
def test_a_decimal_has_three_significant_digits(value: float, vi: str, en: str) -> None:
    assert (numbers.decimal(value, "vi"), numbers.decimal(value, "en")) == (vi, en)


def test_thousands_are_set_off() -> None:
    assert numbers.integer(4300000, "vi") == "4.300.000"
    assert numbers.integer(4300000, "en") == "4,300,000"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.95, "95%"), (0.123, "12,3%"), (0.0012, "0,12%"), (0.00001, "<0,01%"), (-0.02, "−2%")],
)
def test_a_share_is_a_percentage(value: float, shown: str) -> None:
    assert numbers.percent(value, "vi") == shown


@pytest.mark.parametrize(
    ("value", "vi", "en"), [(0.53, "530 ms", "530 ms"), (1.25, "1,25 giây", "1.25 s"), (0, "0 giây", "0 s")]
)
def test_seconds_below_one_are_milliseconds(value: float, vi: str, en: str) -> None:
    assert (numbers.seconds(value, "vi"), numbers.seconds(value, "en")) == (vi, en)


def test_sizes_and_money_take_the_unit_that_fits() -> None:
    assert numbers.size(600, "vi") == "600 byte"
    assert numbers.size(5200, "en") == "5.2 kB"
    assert numbers.dong(828_000_000, "vi") == "828 triệu đồng"
    assert numbers.dong(1_160_000_000, "en") == "1.16 billion VND"
    assert numbers.dong(4139.4, "vi") == "4.139 đồng"


def test_a_unit_that_both_ends_have_is_said_once() -> None:
    assert numbers.span("509 ms", "551 ms") == "509–551 ms"
    assert numbers.span("997 ms", "1.02 s") == "997 ms–1.02 s"
    assert numbers.span("0 s", "788 ms") == "0–788 ms"
    assert numbers.span("1", "2") == "1–2"
    assert numbers.span("11,3 triệu đồng", "35,4 triệu đồng") == "11,3–35,4 triệu đồng"


def test_moments_are_in_utc() -> None:
    assert numbers.moment("2025-01-02T03:04:05Z", "vi") == "03 giờ 04 phút, ngày 02/01/2025 (giờ UTC)"
    assert numbers.moment("2025-01-02T10:04:05+07:00", "en") == "2 January 2025, 03:04 UTC"
