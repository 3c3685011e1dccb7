"""No cell below five is shown or given away, also to somebody who knows how cells are hidden."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core.breakdown import THRESHOLD, breakdown

cells = st.lists(st.integers(0, 12), min_size=2, max_size=4).map(
    lambda numbers: {f"nhóm {at}": number for at, number in enumerate(numbers)}
)


@given(cells)
def test_a_shown_cell_is_what_was_counted_and_at_least_five(line: dict[str, int]) -> None:
    shown = breakdown({"dieu-1": line})["dieu-1"]
    assert shown.keys() == line.keys()
    for group, people in shown.items():
        assert people is None or (people == line[group] and people >= THRESHOLD)


@given(cells)
def test_where_all_cells_are_large_all_are_shown(line: dict[str, int]) -> None:
    large = {group: people + THRESHOLD for group, people in line.items()}
    assert breakdown({"dieu-1": large})["dieu-1"] == large


@given(cells)
def test_neither_the_total_nor_the_rule_gives_a_hidden_cell_away(line: dict[str, int]) -> None:
    """The attacker knows the total and how cells are hidden, and tries every line that looks the same."""
    shown = breakdown({"x": line})["x"]
    total, hidden = sum(line.values()), [group for group, people in shown.items() if people is None]
    left = total - sum(people for people in shown.values() if people is not None)
    if not hidden or total < THRESHOLD:
        return  # all that is known of a line of fewer than five is its total, which is public
    possible: dict[str, set[int]] = {group: set() for group in hidden}
    for guess in product(range(left + 1), repeat=len(hidden)):
        world = {**line, **dict(zip(hidden, guess, strict=True))}
        if sum(guess) == left and breakdown({"x": world})["x"] == shown:
            for group in hidden:
                possible[group].add(world[group])
    assert all(len(numbers) > 1 for numbers in possible.values()), (line, possible)
    assert left >= THRESHOLD


def test_a_single_small_cell_takes_its_neighbour_with_it() -> None:
    line = {"18-30": 3, "31-60": 40, "trên 60": 20}
    assert breakdown({"dieu-1": line})["dieu-1"] == {"18-30": None, "31-60": None, "trên 60": 20}


@pytest.mark.parametrize(
    ("line", "message"), [({"a": 9}, "has 1 groups"), ({}, "has 0"), ({"a": -1, "b": 5}, "fewer than no")]
)
def test_what_is_no_breakdown_is_refused(line: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        breakdown({"dieu-1": line})
