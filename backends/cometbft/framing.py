"""Bytes that the application, its log and the client share.

A transaction carries the entries of one append, each behind its length in 4 bytes, big-endian; the
application's log holds its entries in the same way, and answers a scan in it. The app hash that the
validators sign is the SHA-256 of a domain, the size and the root of the tree.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

MAX_ENTRY_BYTES = 65_535
MAX_TRANSACTION_ENTRIES = 256
MAX_TRANSACTION_BYTES = 256 * 1024
POST_BYTES = 16 * MAX_TRANSACTION_BYTES
APP_HASH_DOMAIN = b"consultation-ledger/cometbft/state/1\n"


def app_hash(size: int, root: bytes) -> bytes:
    """What a header carries for a tree of `size` entries."""
    return sha256(APP_HASH_DOMAIN + size.to_bytes(8, "big") + root).digest()


def frame(entry: bytes) -> bytes:
    return len(entry).to_bytes(4, "big") + entry


def join(entries: Iterable[bytes]) -> bytes:
    return b"".join(map(frame, entries))


def split(data: bytes) -> list[bytes]:
    """The inverse of `join`. Raises ValueError where it does not end with a whole entry."""
    entries, at = [], 0
    while at < len(data):
        start = at + 4
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise ValueError(f"the last entry ends {at - len(data)} bytes past the end")
        entries.append(data[start:at])
    return entries


def group(places: Sequence[int], sizes: Sequence[int], most: int) -> list[list[int]]:
    """Places in order, in groups whose entries of these sizes fit a transaction each, at most so many."""
    groups: list[list[int]] = []
    room = -1
    for place, size in zip(places, sizes, strict=True):
        room -= 4 + size
        if room < 0 or len(groups[-1]) == most:
            groups.append([])
            room = MAX_TRANSACTION_BYTES - 4 - size
        groups[-1].append(place)
    return groups


def post(transactions: Iterable[bytes]) -> list[bytes]:
    """As many from the front as are handed over at once, at least one; hardly more of them are made."""
    taken: list[bytes] = []
    room = POST_BYTES
    for transaction in transactions:
        room -= len(transaction)
        if taken and room < 0:
            break
        taken.append(transaction)
    return taken
