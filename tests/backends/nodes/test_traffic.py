"""Bytes between nodes, added up over connections and processes that end."""

from collections.abc import Callable, Mapping

from backends.nodes.traffic import Traffic


def says(**counts: int) -> Callable[[], Mapping[str, int]]:
    return lambda: counts


def test_the_counts_of_all_nodes_add_up_and_each_counts_once() -> None:
    traffic = Traffic()
    assert traffic.look({}) == 0
    assert traffic.look({"a": says(b=5, c=7), "b": says(a=11)}) == 23
    assert traffic.look({"a": says(b=6, c=7), "b": says(a=11)}) == 24


def test_a_count_that_begins_anew_is_added_to_what_was_before() -> None:
    traffic = Traffic()
    traffic.look({"a": says(sent=100)})
    assert traffic.look({"a": says(sent=30)}) == 130
    assert traffic.look({"a": says(sent=31)}) == 131
    assert traffic.look({"a": says(sent=1)}) == 132


def test_what_is_not_asked_or_silent_or_forgotten_stays_counted() -> None:
    traffic = Traffic()
    traffic.look({"a": says(first=3, second=4), "b": says(first=5)})
    assert traffic.look({"a": says(second=4, third=1), "b": says()}) == 13
    assert traffic.look({}) == 13
