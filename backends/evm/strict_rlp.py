"""Reading RLP that somebody else wrote (Yellow Paper, appendix B) with the package `rlp`, in one form only.

The package refuses what is cut, too long, or not in its shortest form. It carries no types, and it reads a
list within a list by calling itself, as deep as Python's stack happens to allow: so a bound is stated here.
"""

from collections.abc import Sequence

import rlp

Item = bytes | Sequence["Item"]

_DEEPEST = 16


def decode(data: bytes) -> Item:
    """The item whose only encoding is `data`. Raises ValueError."""
    try:
        item: Item = rlp.decode(data, strict=True)
        _check_depth(item, _DEEPEST)
    except rlp.DecodingError as error:
        raise ValueError(f"not RLP in its only form: {error}") from error
    except RecursionError as error:
        raise ValueError("the RLP item nests too deeply") from error
    return item


def decode_list(data: bytes) -> Sequence[Item]:
    """Like `decode`, for a list."""
    item = decode(data)
    if isinstance(item, bytes):
        raise ValueError("an RLP list was expected, found a byte string")
    return item


def _check_depth(item: Item, left: int) -> None:
    if isinstance(item, bytes):
        return
    if not left:
        raise ValueError(f"the RLP item nests too deeply: more than {_DEEPEST} lists in one another")
    for each in item:
        _check_depth(each, left - 1)
