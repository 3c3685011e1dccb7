"""The evm ledger: a contract on an Ethereum chain; on anvil or geth here, or on any chain by URL.

Life of an entry:

1. `append` asks the admission, signs a transaction for each new entry with the next nonce of the one account,
   and posts them in batches. A crash before the post leaves nothing.
2. The node's pool holds it: not ordered, not durable. A crash of ours here changes nothing; appended again,
   the second transaction finds the leaf in the contract's mapping and does nothing (law 1).
3. A block holds it: the contract has given it an index, put its leaf hash into the mapping, folded it into
   the tree's frontier, and emitted the entry as an event: ordered.
4. `confirmations` blocks follow (none on anvil, a majority's with Clique): final. `settle` sees it in the
   block's receipts.
5. `head` proves size and frontier from the block's state root (`eth_getProof`), and the operator signs tree
   and block hash in a checkpoint. On anvil nobody else vouches; with Clique the head carries the seals of
   more than half of the signers; of a chain by URL no consensus is checked.

anvil keeps the chain in memory and writes it at an orderly stop: durability none. geth syncs: see `clique`.
"""

from backends.evm.backend import BACKEND

__all__ = ["BACKEND"]
