"""A ledger made of a store and another ledger: entries on disk, the head of their one tree on the ledger.

Life of an entry:

1. `append` asks the admission and writes the entry at the end of the store: it has its index. Not on disk for
   certain, not final. A crash here may tear the last records off, and nobody was promised them.
2. A batch is full or old enough: the store is synced to disk, and the operator signs a checkpoint of the tree
   up to there. A crash here leaves entries that the next start anchors.
3. The checkpoint is appended to the inner ledger. A crash here may leave it there unseen: the next start
   looks for it, and appends another one where it is missing.
4. The inner ledger has settled the checkpoint: all entries that it covers are settled.
5. A head is the checkpoint, with the inner ledger's head and its proof that the checkpoint is in it.

The inner ledger knows no entry: its validators apply no rules to them, and who loses the store loses them.
"""

from backends.anchored.deployment import Anchored
from backends.evm import BACKEND as _EVM

EVM = Anchored("evm-anchored", _EVM)

__all__ = ["EVM", "Anchored"]
