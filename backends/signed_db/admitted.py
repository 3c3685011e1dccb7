"""The admission rule kept in step with the rows, whoever wrote them."""

from collections.abc import Callable, Sequence

from consultation.core.admission import Admission, rule

_PAGE_ROWS = 1_000


class Admitted:
    """An admission and how many rows it has seen.

    Used under the writer's lock. With `all` there is no state, and nothing is read.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._admission: Admission = rule(name)
        self._seen = 0

    def catch_up(self, page: Callable[[int, int], Sequence[bytes]], size: int) -> None:
        """See the rows that another client committed; `page(start, stop)` reads their entries.

        A row that the rules refuse was not written by this code: it is skipped here, and an audit finds it.
        """
        if self._name == "all":
            return
        if self._seen > size:
            self.forget()
        while self._seen < size:
            stop = min(size, self._seen + _PAGE_ROWS)
            for entry in page(self._seen, stop):
                self._admission.admit(entry)
            self._seen = stop

    def admit(self, entry: bytes) -> str | None:
        """Why the entry is refused, or None: then it counts as the next row."""
        refused = self._admission.admit(entry)
        if refused is None:
            self._seen += 1
        return refused

    def forget(self) -> None:
        """Start over from the rows: what was admitted last may not have been committed."""
        if self._name != "all":
            self._admission = rule(self._name)
            self._seen = 0
