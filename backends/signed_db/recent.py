"""Where the newest rows are, so that whoever settles what was just committed need not look it up."""

from collections.abc import Mapping

_GENERATION = 32_768


class Recent:
    """The last 32,768 to 65,536 rows of one store: leaf hash to index, some 8 MB.

    Filled once a list is durable, so it answers as the database would. One thread writes, any may read.
    """

    __slots__ = ("_new", "_old")

    def __init__(self) -> None:
        self._new: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}

    def add(self, indexes: Mapping[bytes, int]) -> None:
        if len(self._new) >= _GENERATION:
            self._old, self._new = self._new, {}
        self._new.update(indexes)

    def index_of(self, leaf: bytes) -> int | None:
        found = self._new.get(leaf)
        return self._old.get(leaf) if found is None else found

    def forget(self) -> None:
        self._old, self._new = {}, {}
