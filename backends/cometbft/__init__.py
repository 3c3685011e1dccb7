"""The cometbft ledger: four validators order the entries, and each applies the admission rules for itself.

Life of an entry:

1. `append` puts it into a transaction, with others of the same call, and hands it to one node. The
   application there checks the rules against the last block. The answer is that node's word: a crash of all
   nodes now loses the entry.
2. The node gossips the transaction; a proposer puts it into a block; more than two thirds of the validators
   sign the block. Ordered, and on the disks of those that signed. A crash of any process now loses nothing.
3. Each application decides every entry of the block (`finalize_block`, in memory): appended to the tree,
   known already, or refused. A crash here, or half-way through 4, and the node replays the block.
4. `commit` makes the log and the state durable. The tree's size and root are in the app hash.
5. The next header carries the app hash, and more than two thirds sign it. Final and provable: the client has
   fetched that header, checked the signatures against the pinned validators and its own frontier against the
   hash. `settle` says so only now.

Nobody fills blocks while there is nothing to say: after step 5 the chain stands still until the next entry.

This module imports nothing: every validator's application is a process that imports it at its start. The
registry has `backends.cometbft.deployment`.
"""
