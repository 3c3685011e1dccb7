"""Questions that a client puts to an application through its node (`abci_query`), and their answers in bytes.

Nothing in an answer is believed: the client holds it against a header that the pinned validators signed.
"""

import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backends.cometbft import framing
from backends.cometbft.abci import types_pb2 as abci
from backends.cometbft.application import Application, LateRefusal
from backends.cometbft.storage import Log
from consultation.core import merkle

FOLLOW_LEAVES = 20_000
ENTRIES_BYTES = 1024 * 1024
_STANDING = struct.Struct(">QQQ32s")
_PAIR = struct.Struct(">QQ")
_REFUSAL = struct.Struct(">Q32s32s")
_USAGE = struct.Struct(">QQQ")
_INDEX_BYTES = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an application stands; the header after `grown` is the first to carry its app hash."""

    height: int
    grown: int
    size: int
    root: bytes

    def encode(self) -> bytes:
        return _STANDING.pack(self.height, self.grown, self.size, self.root)

    @classmethod
    def parse(cls, data: bytes) -> "Standing":
        try:
            height, grown, size, root = _STANDING.unpack(data)
        except struct.error as error:
            raise ValueError(f"a standing has {_STANDING.size} bytes, found {len(data)}") from error
        return cls(height, grown, size, root)


@dataclass(frozen=True, slots=True)
class Followed:
    """What came after a size and a height: at most FOLLOW_LEAVES leaf hashes, and refusals in blocks."""

    standing: Standing
    leaves: Sequence[bytes]
    refusals: Sequence[LateRefusal]

    def encode(self) -> bytes:
        refused = [
            _REFUSAL.pack(late.height, late.transaction, late.leaf) + late.reason.encode()
            for late in self.refusals
        ]
        return framing.join([self.standing.encode(), merkle.encode_path(self.leaves), *refused])

    @classmethod
    def parse(cls, data: bytes) -> "Followed":
        parts = framing.split(data)
        if len(parts) < 2 or len(parts[1]) % merkle.HASH_BYTES:
            raise ValueError("a standing and whole leaf hashes were expected")
        refusals = []
        for part in parts[2:]:
            if len(part) < _REFUSAL.size:
                raise ValueError(f"a refusal has at least {_REFUSAL.size} bytes, found {len(part)}")
            fixed, reason = part[: _REFUSAL.size], part[_REFUSAL.size :]
            height, transaction, leaf = _REFUSAL.unpack(fixed)
            refusals.append(LateRefusal(height, transaction, leaf, reason.decode(errors="replace")))
        return cls(Standing.parse(parts[0]), merkle.split_hashes(parts[1]), refusals)


def pair(first: int, second: int) -> bytes:
    """The argument of `/follow` (size, height), `/entries`, `/inclusion` (index, size), `/consistency`."""
    return _PAIR.pack(first, second)


def parse_frontier(data: bytes) -> tuple[Standing, merkle.Frontier]:
    """Raises ValueError."""
    standing, *roots = framing.split(data)
    parsed = Standing.parse(standing)
    return parsed, merkle.Frontier(parsed.size, roots)


def parse_usage(data: bytes) -> tuple[int, int, int]:
    """Entries, bytes handed over, bytes on disk. Raises ValueError."""
    try:
        entries, handed_over_bytes, stored_bytes = _USAGE.unpack(data)
    except struct.error as error:
        raise ValueError(f"usage has {_USAGE.size} bytes, found {len(data)}") from error
    return entries, handed_over_bytes, stored_bytes


def parse_located(data: bytes) -> list[tuple[int, bytes] | None]:
    """For each leaf asked for, its index and encoded path, or None. Raises ValueError."""
    return [
        (int.from_bytes(part[:_INDEX_BYTES], "big"), part[_INDEX_BYTES:]) if part else None
        for part in framing.split(data)
    ]


class Answers:
    """One application's answers. `entries` are read from `answered`, which is the log itself on an honest
    node.
    """

    def __init__(self, application: Application, home: Path, answered: Log | None = None) -> None:
        self._application = application
        self._home = home
        self._answered = answered
        self._paths: dict[str, Callable[[bytes], bytes]] = {
            "/consistency": self._consistency,
            "/entries": self._entries,
            "/follow": self._follow,
            "/frontier": self._frontier,
            "/inclusion": self._inclusion,
            "/locate": self._locate,
            "/usage": self._usage,
        }

    def __call__(self, request: abci.RequestQuery) -> abci.ResponseQuery:
        answer = self._paths.get(request.path)
        if answer is None:
            return abci.ResponseQuery(
                code=1, log=f"there is no {request.path!r}: ask {', '.join(self._paths)}"
            )
        try:
            return abci.ResponseQuery(value=answer(request.data), height=self._application.committed.height)
        except (ValueError, struct.error) as error:
            return abci.ResponseQuery(code=1, log=str(error))

    def _standing(self) -> Standing:
        committed = self._application.committed
        root = self._application.tree.root(committed.size)
        return Standing(committed.height, committed.grown, committed.size, root)

    def _frontier(self, _: bytes) -> bytes:
        standing = self._standing()
        return framing.join([standing.encode(), *self._application.tree.frontier(standing.size).roots])

    def _follow(self, data: bytes) -> bytes:
        start, after = _PAIR.unpack(data)
        standing, tree = self._standing(), self._application.tree
        leaves = [tree.leaf(at) for at in range(start, min(standing.size, start + FOLLOW_LEAVES))]
        refusals = [late for late in self._application.refusals if late.height > after]
        return Followed(standing, leaves, refusals).encode()

    def _entries(self, data: bytes) -> bytes:
        start, stop = _PAIR.unpack(data)
        log = self._answered or self._application.log
        return log.read(start, min(stop, self._application.committed.size), ENTRIES_BYTES)

    def _locate(self, data: bytes) -> bytes:
        size = int.from_bytes(data[:8], "big")
        found = []
        for at in range(8, len(data), merkle.HASH_BYTES):
            index = self._application.index.get(data[at : at + merkle.HASH_BYTES])
            if index is None or index >= size:
                found.append(b"")
            else:
                found.append(index.to_bytes(_INDEX_BYTES, "big") + self._path(index, size))
        return framing.join(found)

    def _inclusion(self, data: bytes) -> bytes:
        return self._path(*_PAIR.unpack(data))

    def _path(self, index: int, size: int) -> bytes:
        return merkle.encode_path(self._application.tree.prove_inclusion(index, size))

    def _consistency(self, data: bytes) -> bytes:
        return merkle.encode_path(self._application.tree.prove_consistency(*_PAIR.unpack(data)))

    def _usage(self, _: bytes) -> bytes:
        committed = self._application.committed
        return _USAGE.pack(committed.size, committed.handed_over_bytes, stored_bytes(self._home))


def stored_bytes(home: Path) -> int:
    """Bytes of all files below `home`; one that goes meanwhile does not count."""
    total = 0
    for folder, _, names in os.walk(home):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                pass  # the node's database compacted it away
    return total
