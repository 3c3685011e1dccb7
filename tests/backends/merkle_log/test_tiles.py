"""The layout of c2sp.org/tlog-tiles: its own examples, and the growing edge against a slow twin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.merkle_log import tiles
from backends.merkle_log.tiles import ENTRIES, RightEdge
from consultation.core.merkle import Tree, leaf_hash, root_of


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 0, 5, "tile/0/000.p/5"),
        (0, 1234, 5, "tile/0/x001/234.p/5"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (2, 999, 256, "tile/2/999"),
        (2, 1000, 1, "tile/2/x001/000.p/1"),
        (ENTRIES, 1234067, 255, "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_a_path_is_written_in_groups_of_three_digits(
    level: int | str, index: int, width: int, path: str
) -> None:
    assert tiles.path(level, index, width) == path


def test_the_examples_of_the_specification_hold() -> None:
    """70,000 entries: 273 full tiles and one of 112, one full and one of 17 above, one of 1 at the top."""
    found = [path for path in tiles.paths(70_000) if ENTRIES not in path]
    assert sum(path.startswith("tile/0/") and ".p/" not in path for path in found) == 273
    partial = [path for path in found if ".p/" in path]
    assert partial == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert [path for path in found if path.startswith("tile/1/")] == ["tile/1/000", "tile/1/001.p/17"]
    assert [path for path in tiles.paths(256) if ENTRIES not in path] == ["tile/0/000", "tile/1/000.p/1"]
    assert tiles.paths(0) == []


def slow_files(entries: list[bytes]) -> dict[str, bytes]:
    """Every tile and bundle of a tree, each hash from its leaves by the definition."""
    leaves = [leaf_hash(entry) for entry in entries]
    files: dict[str, bytes] = {}
    for path in tiles.paths(len(entries)):
        _, level, *name = path.split("/")
        partial = name[-2].endswith(".p") if len(name) > 1 else False
        width = int(name.pop()) if partial else 256
        index = int("".join(part.removeprefix("x").removesuffix(".p") for part in name))
        if level == ENTRIES:
            chosen = entries[index * 256 : index * 256 + width]
            files[path] = b"".join(len(entry).to_bytes(2, "big") + entry for entry in chosen)
        else:
            span = 256 ** int(level)
            starts = [(index * 256 + at) * span for at in range(width)]
            files[path] = b"".join(root_of(leaves[start : start + span]) for start in starts)
    return files


@given(st.lists(st.integers(1, 700), max_size=5))
def test_a_growing_edge_makes_the_files_that_the_definition_gives(steps: list[int]) -> None:
    tree, entries = Tree(), list[bytes]()
    edge = RightEdge(tree)
    served: dict[str, bytes] = {}
    for step in steps:
        fresh = [f"{at}".encode() for at in range(len(entries), len(entries) + step)]
        entries += fresh
        tree.extend(map(leaf_hash, fresh))
        made = edge.grow(fresh)
        assert all(served.get(path, data) == data for path, data in made.items()), "a served file changed"
        assert set(made) <= set(tiles.paths(len(entries)))
        served |= made
        expected = slow_files(entries)
        assert {path: served[path] for path in expected} == expected
    assert edge.size == len(entries)


def test_an_edge_of_two_full_levels_makes_the_files_that_the_definition_gives() -> None:
    entries = [f"{at}".encode() for at in range(65_536 + 300)]
    tree = Tree()
    edge = RightEdge(tree)
    tree.extend(map(leaf_hash, entries))  # the tree may be ahead of its files
    served = {**edge.grow(entries[:65_000]), **edge.grow(entries[65_000:])}
    expected = slow_files(entries)
    assert {path: served[path] for path in expected} == expected
    assert "tile/2/000.p/1" in served


def test_completed_names_the_partial_tiles_that_are_superfluous() -> None:
    made = {"tile/0/000": b"", "tile/0/x001/234": b"", "tile/0/001.p/7": b"", "tile/entries/000": b""}
    assert tiles.completed(made) == ["tile/0/000.p", "tile/0/x001/234.p", "tile/entries/000.p"]


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_back(entries: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(entries)) == entries


def test_the_longest_entry_fits_a_bundle() -> None:
    assert tiles.decode_bundle(tiles.encode_bundle([bytes(65_535)])) == [bytes(65_535)]


@pytest.mark.parametrize("torn", [b"\0", b"\0\3ab", b"\0\1a\0", b"\0\1a\0\2b"])
def test_a_torn_bundle_is_refused(torn: bytes) -> None:
    with pytest.raises(ValueError, match="torn"):
        tiles.decode_bundle(torn)
