"""What a log sends its mirror: numbers and proof in lines of text, then checkpoint and entries in bytes."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from backends.merkle_log import tiles

PATH = "/add-entries"
MAX_BYTES = 16 << 20
"""Of one request: more than a part of the least number of entries, one, can have."""


@dataclass(frozen=True, slots=True)
class Part:
    """Entries from `start` on, the checkpoint that covers them, and the proof that they lead to it."""

    start: int
    checkpoint: bytes
    proof: Sequence[bytes]
    entries: Sequence[bytes]

    def encode(self) -> bytes:
        lines = [f"start {self.start}", f"checkpoint {len(self.checkpoint)}"]
        lines += [base64.b64encode(node).decode() for node in self.proof]
        head = "".join(f"{line}\n" for line in lines).encode() + b"\n"
        return head + self.checkpoint + tiles.encode_bundle(self.entries)

    @classmethod
    def parse(cls, data: bytes) -> "Part":
        """Raises ValueError saying what is wrong."""
        head, _, rest = data.partition(b"\n\n")
        first, second, *proof = head.decode("ascii").split("\n")
        length = _number(second, "checkpoint")
        nodes = [base64.b64decode(line, validate=True) for line in proof]
        return cls(_number(first, "start"), rest[:length], nodes, tiles.decode_bundle(rest[length:]))


def _number(line: str, name: str) -> int:
    label, _, digits = line.partition(" ")
    if label != name or not digits.isdigit() or len(digits) > 19:
        raise ValueError(f"a line '{name} N' is needed, found {line[:40]!r}")
    return int(digits)
