"""An Ethereum chain of several signers on this machine: geth 1.13.15, Clique, proof of authority (EIP-225).

Life of a block:

1. The signer whose turn it is seals a block at every whole period, out of its own node's pool; another one
   may, up to a second later, where the turn's owner is silent. No signer seals two of N/2+1 blocks in a row,
   so half of the signers alone cannot go on: the chain halts.
2. The other nodes run the block's transactions themselves and take it, and each writes it, synced, with the
   whole state after it (`--gcmode archive`: otherwise a killed node loses what it had settled). Two blocks of
   the same height may exist; the heavier chain wins, and what was in the other one goes back into the pools.
3. N/2+1 further blocks follow, sealed by as many different signers: settled here. That is a depth and no
   finality: the same majority may seal another history at any time, and nothing punishes it.
4. A head carries the block's header and those after it; whoever has pinned the signers' addresses recovers
   each seal's signer offline.

Each signer has keys of its own, made by chance and kept in its own folder. What a signer vouches for is that
the chain ran this code on these transactions; admission is the service's, and no signer knows its rules.
"""
