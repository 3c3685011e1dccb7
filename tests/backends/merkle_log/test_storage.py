"""Files: what a crash leaves beyond the tree is dropped, and a partial tile gives way to the full one."""

from pathlib import Path

import pytest

from backends.merkle_log import tiles
from backends.merkle_log.storage import Storage
from backends.merkle_log.tiles import ENTRIES, RightEdge
from consultation.core.errors import Unavailable
from consultation.core.merkle import Tree, leaf_hash
from tests.backends.merkle_log.conftest import entries_named


def grown(storage: Storage, *sizes: int) -> list[bytes]:
    """Write the files of a log that grew to each of these sizes."""
    tree, entries = Tree(), entries_named("entry", sizes[-1])
    edge = RightEdge(tree)
    tree.extend(map(leaf_hash, entries))
    for size in sizes:
        storage.write_tiles(edge.grow(entries[edge.size : size]))
    return entries


def served(storage: Storage) -> set[str]:
    return {str(path.relative_to(storage.served)) for path in storage.served.rglob("*") if path.is_file()}


@pytest.mark.parametrize("bound", [0, 1, 100, 255, 256, 300, 512, 700])
@pytest.mark.parametrize("crashed", [701, 768, 1_500])
def test_what_lies_beyond_the_tree_is_dropped_and_nothing_else(
    tmp_path: Path, bound: int, crashed: int
) -> None:
    storage = Storage(tmp_path)
    grown(storage, *([bound] if bound else []), crashed)
    storage.drop_beyond(bound)
    assert served(storage) == set(tiles.paths(bound))
    storage.close()


def test_entries_are_read_across_bundles(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    entries = grown(storage, 10, 600)
    for start, stop in ((0, 600), (0, 1), (255, 257), (256, 512), (599, 600), (5, 5), (511, 600)):
        assert list(storage.entries(start, stop, 600)) == entries[start:stop]
    for start, stop in ((600, 700), (601, 602), (9_000, 9_001)):
        assert list(storage.entries(start, stop, 600)) == [], "past the end there is nothing to read"
    assert list(storage.entries(2, 5, 0)) == []
    storage.close()


def test_a_partial_tile_that_was_pruned_is_read_from_the_full_one(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    entries = grown(storage, 10, 300)
    storage.prune(["tile/0/000.p", "tile/entries/000.p"])
    storage.close()  # returns when it is done
    storage = Storage(tmp_path)
    assert not {path for path in served(storage) if path.startswith(("tile/0/000.p", "tile/entries/000.p"))}
    assert list(storage.entries(0, 10, 10)) == entries[:10]
    assert storage.read_tile(0, 0, 10) == b"".join(leaf_hash(entry) for entry in entries[:10])
    storage.close()


def test_a_torn_or_missing_bundle_is_unavailable_and_says_where(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    grown(storage, 300)
    bundle = storage.served / tiles.path(ENTRIES, 0)
    bundle.write_bytes(bundle.read_bytes()[:-1])
    with pytest.raises(Unavailable, match="from 0 on"):
        list(storage.entries(0, 300, 300))
    bundle.unlink()
    with pytest.raises(Unavailable, match="from 0 on"):
        list(storage.entries(0, 300, 300))
    storage.close()


def test_a_folder_belongs_to_one_log_at_a_time(tmp_path: Path) -> None:
    first = Storage(tmp_path)
    with pytest.raises(Unavailable, match="another process"):
        Storage(tmp_path)
    first.close()
    first.close()
    Storage(tmp_path).close()


def test_what_was_written_is_counted(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    grown(storage, 300)
    assert storage.written_bytes == storage.stored_bytes() > 300 * 32
    storage.close()
