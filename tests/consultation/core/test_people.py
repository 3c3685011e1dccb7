"""Units form one tree; an invitation can be answered by whom it addresses."""

import pytest

from consultation.core import people
from consultation.core.people import Audience, Channel, Invitation, Level, PeopleError, Unit, Units

CITY = Unit("tp-hcm", "Thành phố Hồ Chí Minh", Level.CITY)
FINANCE = Unit("so-tai-chinh", "Sở Tài chính", Level.DEPARTMENT, "tp-hcm")
WARD = Unit("phuong-sai-gon", "Phường Sài Gòn", Level.COMMUNE, "tp-hcm")
BRANCH = Unit("xa-can-gio", "Xã Cần Giờ", Level.COMMUNE, "so-tai-chinh")
DUE = "2026-11-23T16:59:59Z"


def test_the_tree_is_walked_from_the_city_down_whatever_the_order() -> None:
    for units in ([CITY, FINANCE, WARD, BRANCH], [BRANCH, WARD, FINANCE, CITY]):
        tree = Units(units)
        assert tree.root == "tp-hcm"
        assert tree.children("tp-hcm") == ("phuong-sai-gon", "so-tai-chinh")
        assert list(tree.below("tp-hcm")) == ["tp-hcm", "phuong-sai-gon", "so-tai-chinh", "xa-can-gio"]
        assert [unit.id for unit in tree] == sorted(unit.id for unit in units)
        assert tree.unit("so-tai-chinh") is FINANCE
        assert "xa-can-gio" in tree
        assert "so-y-te" not in tree


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ([], "exactly one unit, the city"),
        ([CITY, Unit("ha-noi", "Hà Nội", Level.CITY)], "found ha-noi, tp-hcm"),
        ([CITY, CITY], "'tp-hcm' stands twice"),
        ([CITY, Unit("Sở", "Sở", Level.DEPARTMENT, "tp-hcm")], "id must match"),
        ([CITY, Unit("so", " ", Level.DEPARTMENT, "tp-hcm")], "1 to 200 characters"),
        ([CITY, Unit("so", "So\u031b\u0309", Level.DEPARTMENT, "tp-hcm")], "NFC"),
        ([CITY, Unit("so", "Sở", Level.DEPARTMENT, "bo")], "no unit of the tree: 'bo'"),
        ([CITY, Unit("so", "Sở", Level.DEPARTMENT)], "no unit of the tree: ''"),
        ([CITY, FINANCE, Unit("so", "Sở", Level.DEPARTMENT, "so-tai-chinh")], "reports to the city"),
        ([CITY, WARD, Unit("to", "Tổ", Level.COMMUNE, "phuong-sai-gon")], "not to a commune"),
        ([Unit("tp-hcm", "Thành phố", Level.CITY, "so-tai-chinh"), FINANCE], "has no parent"),
    ],
)
def test_what_is_no_tree_is_refused_with_the_unit_named(units: list[Unit], message: str) -> None:
    with pytest.raises(PeopleError, match=message):
        Units(units)


def test_a_unit_that_is_not_in_the_tree_is_named() -> None:
    with pytest.raises(PeopleError, match="no unit 'so-y-te' in the tree of 1 units"):
        Units([CITY]).unit("so-y-te")


@pytest.mark.parametrize(
    "invitation",
    [
        Invitation(Audience.MANDATORY_UNIT, Channel.WRITING, DUE, unit="so-tai-chinh"),
        Invitation(Audience.ASSOCIATION, Channel.WRITING, DUE, group="Hiệp hội Doanh nghiệp Thành phố"),
        Invitation(Audience.PUBLIC, Channel.PORTAL, DUE, group="Nhân dân trên địa bàn Thành phố"),
    ],
)
def test_an_invitation_goes_to_a_unit_or_to_a_group(invitation: Invitation) -> None:
    people.check_invitation(invitation, Units([CITY, FINANCE]))


@pytest.mark.parametrize(
    ("invitation", "message"),
    [
        (Invitation(Audience.PUBLIC, Channel.PORTAL, DUE), "name one of them"),
        (Invitation(Audience.PUBLIC, Channel.PORTAL, DUE, "so-tai-chinh", "Nhân dân"), "name one of them"),
        (Invitation(Audience.MANDATORY_UNIT, Channel.WRITING, DUE, "so-y-te"), "no unit 'so-y-te'"),
        (Invitation(Audience.MANDATORY_UNIT, Channel.WRITING, DUE, group="Sở Tài chính"), "one of the tree"),
        (Invitation(Audience.EXPERT, Channel.WRITING, DUE, "so-tai-chinh"), "not invited as expert"),
        (Invitation(Audience.EXPERT, Channel.WRITING, DUE, group="x" * 201), "at most 200"),
        (Invitation(Audience.EXPERT, Channel.WRITING, "23/11/2026", group="Trường"), "found '23/11/2026'"),
        (Invitation(Audience.EXPERT, Channel.WRITING, "2026-02-30T00:00:00Z", group="Trường"), "2026-02-30"),
        (Invitation(Audience.EXPERT, Channel.WRITING, "٢٠26-02-03T00:00:00Z", group="Trường"), "RFC 3339"),
    ],
)
def test_an_invitation_that_nobody_can_answer_is_refused(invitation: Invitation, message: str) -> None:
    with pytest.raises(PeopleError, match=message):
        people.check_invitation(invitation, Units([CITY, FINANCE]))


def test_the_end_of_a_day_in_vietnam_is_kept_in_utc() -> None:
    assert people.parse_time(DUE).isoformat() == "2026-11-23T16:59:59+00:00"
