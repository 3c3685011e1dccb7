"""The compact index against a dict."""

from hypothesis import given
from hypothesis import strategies as st

from backends.merkle_log.leaf_index import LeafIndex
from consultation.core.merkle import leaf_hash


def test_every_leaf_is_found_and_no_other() -> None:
    leaves = [leaf_hash(f"{number}".encode()) for number in range(20_000)]
    index = LeafIndex(lambda at: leaves[at])
    for at in range(0, len(leaves), 500):
        chunk = leaves[at : at + 500]
        assert index.find(chunk) == [None] * 500
        index.extend(chunk, at)
    assert index.find(leaves) == list(range(20_000))
    assert index.find([leaf_hash(b"another")]) == [None]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40)), unique=True, max_size=60))
def test_leaves_that_collide_in_the_table_are_told_apart(made: list[tuple[int, int]]) -> None:
    """The first four bytes choose the slot and mark it: here they are nearly always the same."""
    leaves = [bytes([first]) + bytes(30) + bytes([last]) for first, last in made]
    index = LeafIndex(lambda at: leaves[at])
    index.extend(leaves, 0)
    assert index.find(leaves) == list(range(len(leaves)))
    assert index.find([bytes(31) + b"\xff"]) == [None]
