"""The signed database: what a careful operator runs without new ideas. Rows chained and signed, in SQLite or
PostgreSQL.

Life of an entry:

1. `append` opens one write transaction for the whole list, and asks where each entry already is. A crash here
   leaves nothing.
2. Within it each new entry gets the next index, its link in the hash chain, and the operator's signature over
   that link: ordered, not final.
3. The commit reaches the disk (SQLite: WAL, synchronous=FULL; PostgreSQL: synchronous_commit=on, so with a
   standby both disks): durable and final at once, so `settle` never waits. A crash before it leaves nothing
   of the list; a crash after it, before `append` returns, leaves all of it: the caller appends the same bytes
   again and finds them at the same indexes. While the standby is away a commit is in doubt, and nobody sees
   it, until the standby has it.
4. Whoever asks gets a head: size and last link, or with `tree_head` a checkpoint of the RFC 6962 tree over
   the same entries, signed by the operator. Nobody else vouches for it, so two histories signed by one
   operator both verify: only kept receipts and heads can show that.
"""

from backends.signed_db.deployment import BACKEND

__all__ = ["BACKEND"]
