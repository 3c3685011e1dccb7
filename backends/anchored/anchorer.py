"""The thread that seals batches and gets their anchors into the inner ledger."""

from threading import Thread
from time import monotonic

from backends.anchored.anchors import Anchors
from backends.anchored.log import AnchoredLog
from consultation.core.errors import LedgerError, OutcomeUnknown, Overloaded, Unavailable

_SLICE_S = 0.05
"""How long anchors are waited for before the next batch is looked for: it may reach the same block."""
_PAUSE_S = 0.5


class Anchorer:
    """Runs from `start` until the log is closed; nobody else hands anchors over."""

    def __init__(self, log: AnchoredLog, anchors: Anchors) -> None:
        self._log, self._anchors = log, anchors
        self._thread = Thread(target=self._run, name="anchorer", daemon=True)

    def start(self, timeout_s: float) -> None:
        """Anchor everything that is there, or an empty tree, and go on from there.

        Raises Unavailable where the inner ledger does, or has not settled the anchor within `timeout_s`.
        """
        log, anchors = self._log, self._anchors
        if not log.damage:
            if log.newest is None or log.sealed < log.tree.size:
                self._sign([log.tree.size])
            end_s = monotonic() + timeout_s
            while anchors.pending:
                if monotonic() > end_s:
                    raise Unavailable(f"the inner ledger has not settled the anchor within {timeout_s:g} s")
                self._advance(_SLICE_S)
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for its end after the log was closed; a call to a node that hangs ends by its own timeout."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        log = self._log
        try:
            while not log.closed:
                try:
                    self._step()
                    log.failing("")
                except LedgerError as error:
                    log.failing(str(error))
                    self._pause()
        finally:
            log.failing("nothing is anchored any more: the anchoring thread has ended")

    def _step(self) -> None:
        """Seal what is due; wait for an anchor, or where none is under way for entries."""
        log = self._log
        with log.changed:
            stops, due_s = log.due(monotonic())
            if not stops and not self._anchors.pending:
                if not log.closed:
                    log.changed.wait(due_s)
                return
        if stops:
            self._sign(stops)
        self._advance(min(due_s, _SLICE_S))

    def _sign(self, stops: list[int]) -> None:
        for size, root in self._log.seal(stops):
            self._anchors.sign(size, root)

    def _advance(self, timeout_s: float) -> None:
        try:
            settled = self._anchors.advance(timeout_s)
        except (OutcomeUnknown, Overloaded):  # busy or slow, not gone: nobody needs to hear of it
            self._pause()
            return
        if settled and self._anchors.newest is not None:
            self._log.settled(self._anchors.newest)

    def _pause(self) -> None:
        with self._log.changed:
            if not self._log.closed:
                self._log.changed.wait(_PAUSE_S)
