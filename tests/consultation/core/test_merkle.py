"""The tree, against a slow twin, known roots, shared vectors, and proofs spoilt at random."""

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import merkle
from consultation.core.errors import VerificationError
from tests.consultation.core import rfc6962_twin as twin

# The eight entries and the roots over the first one to eight of them that Certificate Transparency's
# implementations have compared themselves with from the beginning.
KNOWN_ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
KNOWN_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LARGEST = 70
ENTRIES = [f"entry {number}".encode() for number in range(LARGEST)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
TREE = merkle.Tree(LEAVES)
GOLDEN = "06ca2effedbdb5fd5204d5b6180fc16f6025d6e65d812248099a5edf57da710c"
"""Of every proof up to that size, as the slow twin gives them too."""
VECTORS = Path(__file__).resolve().parents[3] / ".." / "shared" / "vectors" / "rfc6962"

sizes = st.integers(1, LARGEST)


def test_the_known_roots_come_out() -> None:
    leaves = [merkle.leaf_hash(entry) for entry in KNOWN_ENTRIES]
    for size, root in enumerate(KNOWN_ROOTS, start=1):
        assert merkle.root_of(leaves[:size]).hex() == root
        assert merkle.Tree(leaves).root(size).hex() == root
        assert twin.mth(KNOWN_ENTRIES[:size]).hex() == root


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root_of([]) == merkle.Tree().root() == merkle.Frontier().root() == sha256(b"").digest()


def test_roots_and_frontiers_are_the_slow_twins_at_every_size() -> None:
    frontier = merkle.Frontier()
    for size in range(LARGEST + 1):
        expected = twin.mth(ENTRIES[:size])
        assert TREE.root(size) == frontier.root() == TREE.frontier(size).root() == expected
        assert frontier.roots == TREE.frontier(size).roots
        if size < LARGEST:
            frontier.append(LEAVES[size])


@given(st.lists(st.integers(0, 2_500), max_size=4))
def test_leaves_added_together_make_the_tree_of_those_added_one_by_one(steps: list[int]) -> None:
    slow, fast = merkle.Frontier(), merkle.Frontier()
    tree, grown = merkle.Tree(), merkle.Tree()
    for step in steps:
        leaves = [merkle.leaf_hash(f"{slow.size + at}".encode()) for at in range(step)]
        for leaf in leaves:
            slow.append(leaf)
            grown.append(leaf)
        fast.extend(iter(leaves))
        tree.extend(leaves)
        assert (fast.size, fast.roots) == (slow.size, slow.roots)
        assert (tree.size, tree.root()) == (grown.size, grown.root()) == (slow.size, slow.root())
        assert tree.frontier().roots == slow.roots
    size = tree.size
    assert tree.nodes(0, 0, size + 9) == grown.nodes(0, 0, size) == b"".join(map(tree.leaf, range(size)))
    above = [tree.subtree(at, at + 256) for at in range(0, size - 255, 256)]
    assert tree.nodes(8, 0, size) == b"".join(above)
    assert tree.nodes(8, 1, 3) == b"".join(above[1:3])
    assert tree.nodes(40, 0, 1) == b""


def test_every_proof_is_the_slow_twins_and_holds() -> None:
    """All 2,485 inclusion and 2,485 consistency proofs up to 70 entries, folded into one digest as well."""
    folded = sha256()
    for size in range(1, LARGEST + 1):
        root = TREE.root(size)
        for index in range(size):
            path = TREE.prove_inclusion(index, size)
            if size <= 20 or size == LARGEST:
                assert path == twin.path(index, ENTRIES[:size])
            merkle.check_inclusion(LEAVES[index], index, size, path, root)
            folded.update(merkle.encode_path(path))
        for old in range(1, size + 1):
            path = TREE.prove_consistency(old, size)
            if size <= 20 or size == LARGEST:
                assert path == twin.proof(old, ENTRIES[:size])
            merkle.check_consistency(old, size, path, TREE.root(old), root)
            folded.update(merkle.encode_path(path))
    assert folded.hexdigest() == GOLDEN


@given(sizes, st.data())
def test_an_inclusion_proof_fits_no_other_leaf_index_or_path(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, root = TREE.prove_inclusion(index, size), TREE.root(size)
    other = data.draw(st.integers(-1, 2 * size))
    if other != index:
        with pytest.raises(VerificationError):
            merkle.check_inclusion(LEAVES[index], other, size, path, root)
    with pytest.raises(VerificationError):
        merkle.check_inclusion(merkle.leaf_hash(b"another"), index, size, path, root)
    with pytest.raises(VerificationError):
        merkle.check_inclusion(LEAVES[index], index, size, spoil(path, data), root)


@given(sizes, st.data())
def test_a_consistency_proof_fits_no_other_roots_or_path(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    path = TREE.prove_consistency(old, size)
    roots = TREE.root(old), TREE.root(size)
    wrong = merkle.leaf_hash(b"a forked head")
    for older, newer in ((wrong, roots[1]), (roots[0], wrong)):
        with pytest.raises(VerificationError):
            merkle.check_consistency(old, size, path, older, newer)
    with pytest.raises(VerificationError):
        merkle.check_consistency(old, size, spoil(path, data), *roots)
    if old < size:
        with pytest.raises(VerificationError):
            merkle.check_consistency(size, old, path, *roots)


def spoil(path: list[bytes], data: st.DataObject) -> list[bytes]:
    """The path with one hash taken away, added, changed, cut, or two of them swapped."""
    ways = ["add"] + ["drop", "turn", "cut"] * bool(path) + ["swap"] * (len(set(path)) > 1)
    way = data.draw(st.sampled_from(ways))
    at = data.draw(st.integers(0, max(0, len(path) - 1)))
    match way:
        case "add":
            return [*path[:at], bytes(32), *path[at:]]
        case "drop":
            return path[:at] + path[at + 1 :]
        case "turn":
            bit = data.draw(st.integers(0, 255))
            turned = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
            return [*path[:at], turned, *path[at + 1 :]]
        case "cut":
            return [*path[:at], path[at][:-1], *path[at + 1 :]]
        case _:
            return [*path[1:], path[0]] if path[1:] + path[:1] != path else path[::-1]


def test_from_nothing_every_head_is_consistent_without_hashes() -> None:
    merkle.check_consistency(0, 9, [], merkle.EMPTY_ROOT, TREE.root(9))
    merkle.check_consistency(9, 9, [], TREE.root(9), TREE.root(9))
    wrong: list[tuple[int, int, list[bytes], bytes, bytes]] = [
        (0, 9, [bytes(32)], merkle.EMPTY_ROOT, TREE.root(9)),
        (0, 9, [], TREE.root(1), TREE.root(9)),
        (9, 9, [], TREE.root(9), TREE.root(8)),
        (-1, 9, [], merkle.EMPTY_ROOT, TREE.root(9)),
        (8, 9, [], TREE.root(8), TREE.root(9)),
    ]
    for case in wrong:
        with pytest.raises(VerificationError):
            merkle.check_consistency(*case)


def test_a_tree_refuses_indexes_and_sizes_that_it_does_not_have() -> None:
    for index, size in ((-1, 5), (5, 5), (0, LARGEST + 1), (0, 0)):
        with pytest.raises(ValueError, match=r"index|size"):
            TREE.prove_inclusion(index, size)
    for old, new in ((6, 5), (-1, 5), (1, LARGEST + 1)):
        with pytest.raises(ValueError, match="size"):
            TREE.prove_consistency(old, new)
    with pytest.raises(ValueError, match="frontier"):
        merkle.Frontier(3, [bytes(32)])


def test_a_copied_frontier_grows_for_itself() -> None:
    frontier = TREE.frontier(5)
    copy = frontier.copy()
    copy.append(LEAVES[5])
    assert (frontier.size, frontier.root()) == (5, TREE.root(5))
    assert (copy.size, copy.root()) == (6, TREE.root(6))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=9))
def test_a_path_survives_its_encoding(path: list[bytes]) -> None:
    assert merkle.decode_path(merkle.encode_path(path), "inclusion") == path


@pytest.mark.parametrize("length", [1, 31, 33, 32 * 129])
def test_what_is_no_list_of_hashes_is_refused_by_the_link_asked_for(length: int) -> None:
    with pytest.raises(VerificationError) as refusal:
        merkle.decode_path(bytes(length), "a-link")
    assert refusal.value.link == "a-link"


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_shared_vectors_come_out_as_they_say(kind: str) -> None:
    if not VECTORS.is_dir():
        pytest.skip("the folder ../shared/vectors/rfc6962 is not beside this checkout")
    files = sorted((VECTORS / kind).rglob("*.json"))
    assert len(files) > 20
    for file in files:
        case = json.loads(file.read_text(encoding="utf-8"))
        assert refused(kind, case) == case["wantErr"], f"{file.name}: {case['desc']}"


def refused(kind: str, case: dict[str, str | int | bool | list[str]]) -> bool:
    """Whether the proof of a vector is refused."""

    def hash_of(name: str) -> bytes:
        return base64.b64decode(str(case[name] or ""))

    def number(name: str) -> int:
        return int(str(case[name]))

    proof = case["proof"] or []
    assert isinstance(proof, list)
    path = [base64.b64decode(node) for node in proof]
    try:
        if kind == "inclusion":
            merkle.check_inclusion(
                hash_of("leafHash"), number("leafIdx"), number("treeSize"), path, hash_of("root")
            )
        else:
            merkle.check_consistency(
                number("size1"), number("size2"), path, hash_of("root1"), hash_of("root2")
            )
    except VerificationError:
        return True
    return False
