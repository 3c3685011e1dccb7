"""Count a publication of a million entries again, against hashing the same file into the same tree.

Both read the file that stands on disk and do it in turn, so that a busy machine hurts both. Every twentieth
opinion is one in place of another, as a recount has more to do with these.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import pytest

from consultation.core import canonical, merkle
from consultation.core.summary import Header, Summary, arrange
from consultation.export import labels, publication, recount
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import ROWS
from tests.bench.rows import compare

ENTRIES = 1_000_000
AMENDED = 20
REPEATS = 3
GOAL = 0.3
"""Of the speed of hashing the tree."""


def entries(number: int) -> Iterator[bytes]:
    """Opinions as they stand on a ledger; the signature is none, as a recount checks none."""
    last = ""
    for at in range(number):
        name = sha256(at.to_bytes(8)).hexdigest()
        event = {
            "pseudonym": name,
            "supersedes": last if at % AMENDED == AMENDED - 1 else "",
            "commitment": name[::-1],
        }
        entry = canonical.encode(
            {
                "v": 1,
                "consultation": "bench",
                "window": "2026-11-23T10Z",
                "kind": "opinion",
                "event": event,
                "key": name,
                "signature": name + name,
            }
        )
        last = merkle.leaf_hash(entry).hex()
        yield entry


def hash_tree(path: Path) -> bytes:
    with path.open("rb") as file:
        return merkle.root_of(merkle.leaf_hash(line[:-1]) for line in file)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("publication")
    empty: Summary = arrange(Header("bench", "", "", (), (), 0, 0, {}), (), ())
    root = merkle.root_of(map(merkle.leaf_hash, entries(ENTRIES)))
    publication.publish(folder, entries(ENTRIES), ENTRIES, root, empty, labels.load())
    return folder


def bench_recount_a_million_entries(
    benchmark: Benchmark, published: Path, request: pytest.FixtureRequest
) -> None:
    """Entries a second; the root and the number of opinions are reached, or the figure means nothing."""
    benchmark.group = "recount a publication"
    ours: list[float] = []
    peer: list[float] = []

    def once() -> None:
        begin_s = perf_counter()
        root = hash_tree(published / publication.ENTRIES)
        peer.append(ENTRIES / (perf_counter() - begin_s))
        begin_s = perf_counter()
        lines = {what: found for what, found, _ in recount.recount(published)}
        ours.append(ENTRIES / (perf_counter() - begin_s))
        assert lines["entries, root, breaches"] == [ENTRIES, root.hex(), 0]
        counted = ENTRIES - ENTRIES // AMENDED
        assert lines["received, counted, excluded, in rows"] == [ENTRIES, counted, 0, 0]

    benchmark.pedantic(once, rounds=REPEATS)
    hashing = "hashing the same tree"
    row = compare("recount 1,000,000 entries", "entries/s", ours, peer, peer_name=hashing, goal=GOAL)
    request.config.stash[ROWS].append(row)
