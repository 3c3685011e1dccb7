"""When each node has which size: the contract's, in the state of the newest block that counts as final there.

That is the block that as many others follow as this deployment asks for, so a size seen here is settled on
that node. Each node is asked by a thread of its own for its height, and for the size where that has grown;
the time is that of the answer, later than the block by at most the pause below and two answers.
"""

from collections.abc import Mapping, Sequence
from threading import Event, Lock, Thread
from time import monotonic

from eth_utils.hexadecimal import encode_hex

from backends.evm import contract
from backends.evm.answers import BadAnswer, as_bytes, as_quantity
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc
from backends.ports import Grown

_PAUSE_S = 0.02
_TIMEOUT_S = 2.0


class EvmWatch:
    """See `backends.ports.Watch`. A node that is down is asked again until it answers."""

    def __init__(self, nodes: Mapping[str, str], address: bytes, depth: int) -> None:
        """`nodes` is name to URL; `depth` the blocks that must follow."""
        self._address, self._depth = encode_hex(address), depth
        self._slot = hex(contract.SIZE_SLOT)
        self._lock = Lock()
        self._seen: list[Grown] = []
        self._ended = Event()
        self._threads = [
            Thread(target=self._look, args=(name, Rpc(url, _TIMEOUT_S)), name=f"watch-{name}", daemon=True)
            for name, url in nodes.items()
        ]
        for thread in self._threads:
            thread.start()

    def seen(self) -> Sequence[Grown]:
        with self._lock:
            return list(self._seen)

    def close(self) -> None:
        """Idempotent; what was seen stays."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _look(self, name: str, rpc: Rpc) -> None:
        height = size = -1
        while not self._ended.is_set():
            try:
                found = as_quantity(rpc.call("eth_blockNumber")) - self._depth
                if found > height:
                    word = as_bytes(rpc.call("eth_getStorageAt", self._address, self._slot, hex(found)))
                    at_s, height, now = monotonic(), found, int.from_bytes(word, "big")
                    if now > size:
                        size = now
                        with self._lock:
                            self._seen.append(Grown(name, size, at_s))
            except (NotSent, NoAnswer, Refused, BadAnswer):
                pass  # down, stalled, or a block that a reorganisation has just taken away
            self._ended.wait(_PAUSE_S)
        rpc.close()
