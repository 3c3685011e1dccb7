"""What a head of the rows is: the last link of their chain, or a checkpoint of their RFC 6962 tree."""

from threading import Lock
from typing import Protocol

from backends.signed_db import chain
from backends.signed_db.store import MAX_ENTRY_BYTES, Store
from consultation.core import checkpoint, merkle
from consultation.core.checkpoint import Checkpoint
from consultation.core.errors import Unavailable, Unsupported
from consultation.core.ledger import AdmissionBy, Durability, Head, Proof, Root, Traits


def traits(voucher: str, *, tree: bool) -> Traits:
    """Of either kind of head; one operator vouches for both."""
    return Traits(
        name="signed-db",
        durability=Durability.POWER,
        admission=AdmissionBy.SERVICE,
        inclusion=True,
        consistency=tree,
        max_entry_bytes=MAX_ENTRY_BYTES,
        voucher=voucher,
        parties=1,
    )


class Heads(Protocol):
    """Makes heads and proofs of the rows of a store. The ledger has checked the ranges."""

    traits: Traits

    def head(self) -> Head: ...

    def prove_inclusion(self, index: int, size: int) -> Proof: ...

    def prove_consistency(self, old: int, new: int) -> Proof: ...

    def forget(self) -> None:
        """Somebody changed the rows."""
        ...


class ChainHeads:
    """The size and the last chain hash, signed; a proof is the signed row."""

    traits = traits("the operator alone", tree=False)

    def __init__(self, store: Store) -> None:
        self._store = store

    def head(self) -> Head:
        store = self._store
        size, last = store.tip()
        return Head(size, Root(last), chain.sign_head(store.origin, size, last, store.operator))

    def prove_inclusion(self, index: int, size: int) -> Proof:
        row = self._store.row(index)
        if row is None:
            raise Unavailable(
                f"row {index} or the one before it is missing from {self._store.name}: audit it"
            )
        return Proof(row.encode())

    def prove_consistency(self, old: int, new: int) -> Proof:
        raise Unsupported("signed-db has no consistency proofs: replay both heads' entries, or set tree_head")

    def forget(self) -> None:
        """Nothing is kept."""


class TreeHeads:
    """A C2SP checkpoint of the tree over the rows' leaf hashes, signed; proofs are paths.

    The tree is kept in memory, 64 bytes a row, and catches up with the rows when asked: whoever opens a
    million rows waits some seconds for the first head.
    """

    traits = traits("the operator alone, over a tree", tree=True)

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tree = merkle.Tree()
        self._lock = Lock()

    def head(self) -> Head:
        store = self._store
        size = store.tip()[0]
        root = self._grown(size).root(size)
        signed = checkpoint.sign(Checkpoint(store.origin, size, root), store.operator)
        return Head(size, Root(root), signed.encode())

    def prove_inclusion(self, index: int, size: int) -> Proof:
        return Proof(merkle.encode_path(self._grown(size).prove_inclusion(index, size)))

    def prove_consistency(self, old: int, new: int) -> Proof:
        return Proof(merkle.encode_path(self._grown(new).prove_consistency(old, new)))

    def forget(self) -> None:
        with self._lock:
            self._tree = merkle.Tree()

    def _grown(self, size: int) -> merkle.Tree:
        """The tree over at least `size` rows. Raises Unavailable where fewer are there."""
        with self._lock:
            tree = self._tree
            tree.extend(self._store.leaves(tree.size, size))
            if tree.size < size:
                raise Unavailable(
                    f"{self._store.name} has {tree.size} rows of {size} without a gap: audit it"
                )
            return tree
