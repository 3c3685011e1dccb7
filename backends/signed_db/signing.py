"""The operator's signatures over a list of rows, by two threads: libsodium runs outside Python's lock."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import thread_time

from nacl.signing import SigningKey

from backends.signed_db.chain import Signer

_WORTH_IT = 16
"""Rows below which handing half of them over takes longer than signing it."""


class RowSigner:
    """Signs 64 rows or more in 10 us each where a second processor is free, and else in 19.

    Used by one thread at a time.
    """

    def __init__(self, origin: str, operator: SigningKey) -> None:
        self._signer = Signer(origin, operator)
        self._second = ThreadPoolExecutor(1, thread_name_prefix="signed-db")
        self.cpu_s = 0.0
        """CPU seconds of the second thread."""

    def sign(self, first: int, chains: Sequence[bytes]) -> list[bytes]:
        """The signatures of the rows from index `first`, whose chain hashes are `chains`."""
        if len(chains) < _WORTH_IT:
            return self._part(first, chains)
        half = len(chains) // 2
        rest = self._second.submit(self._metered, first + half, chains[half:])
        signatures = self._part(first, chains[:half])
        others, spent_s = rest.result()
        self.cpu_s += spent_s
        return signatures + others

    def close(self) -> None:
        """End the second thread; idempotent."""
        self._second.shutdown()

    def _part(self, first: int, chains: Sequence[bytes]) -> list[bytes]:
        sign = self._signer.sign
        return [sign(index, chain) for index, chain in enumerate(chains, first)]

    def _metered(self, first: int, chains: Sequence[bytes]) -> tuple[list[bytes], float]:
        started_s = thread_time()
        return self._part(first, chains), thread_time() - started_s
