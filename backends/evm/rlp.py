"""RLP, Ethereum's serialisation (Yellow Paper, appendix B): byte strings and lists of them, one form each.

The `rlp` package carries no types and takes ten times as long over a transaction; these are forty lines.
"""

from collections.abc import Sequence

Item = bytes | Sequence["Item"]


def encode(item: Item) -> bytes:
    """The only encoding of `item`."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    body = b"".join(map(encode, item))
    return _prefix(len(body), 0xC0) + body


def decode(data: bytes) -> Item:
    """The item whose encoding is `data`, exactly. Raises ValueError."""
    item, end = _decode(data, 0, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes follow the RLP item")
    return item


def decode_list(data: bytes) -> Sequence[Item]:
    """Like `decode`, for a list."""
    item = decode(data)
    if isinstance(item, bytes):
        raise ValueError("an RLP list was expected, found a byte string")
    return item


def number(value: int) -> bytes:
    """A quantity as RLP wants it: big-endian, no leading zeros, zero as the empty string."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


_DEEPEST = 16


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    size = number(length)
    return bytes([offset + 55 + len(size)]) + size


def _decode(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    if at >= len(data) or depth > _DEEPEST:
        raise ValueError(f"RLP ends or nests too deeply at byte {at}")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    offset = 0x80 if first < 0xC0 else 0xC0
    length, start = first - offset, at + 1
    if length > 55:
        start += length - 55
        size = data[at + 1 : start]
        length = int.from_bytes(size, "big")
        if length < 56 or size[0] == 0 or len(size) != start - at - 1:
            raise ValueError(f"RLP length at byte {at} is not in its shortest form")
    end = start + length
    if end > len(data):
        raise ValueError(f"RLP item at byte {at} goes past the end")
    if offset == 0x80:
        if length == 1 and data[start] < 0x80:
            raise ValueError(f"RLP byte string at byte {at} is not in its shortest form")
        return data[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _decode(data, start, depth + 1)
        items.append(item)
    if start != end:
        raise ValueError(f"RLP list at byte {at} ends within an item")
    return items, end
