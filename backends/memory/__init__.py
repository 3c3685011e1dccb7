"""The memory ledger: the floor of every measurement, and the model in tests. Nobody vouches for it.

Life of an entry:

1. `append` hashes it and adds it to the list and the tree under one lock: ordered and final at once.
2. Nothing is durable: the end of the process loses everything, as the traits say.
"""

from backends.memory.ledger import BACKEND

__all__ = ["BACKEND"]
