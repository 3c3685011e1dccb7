"""Reading, proving, verifying and auditing as workloads of their own: one caller, one after the other.

An operation's `final` is when it was done. They are a closed loop of one, so their latency is the time of
service, and says nothing about waiting.
"""

from collections.abc import Callable
from random import Random
from time import monotonic

import numpy as np

from consultation.core.errors import LedgerError
from consultation.core.ledger import Ledger, Verifier
from workloads.bench.direct import Door
from workloads.bench.observed import Became, Observed

KINDS = ("read", "prove", "verify")
"""What is measured for a while; an audit takes as long as it takes."""
_MOST = 20_000
"""Operations in a window: past them there is nothing more to learn, and a row for each would be kept."""
_KEPT = 64
"""Proofs made beforehand that `verify` goes through."""


def measure(kind: str, door: Door, verifier: Verifier, duration_s: float, rng: Random) -> Observed:
    """Operations of one kind until `duration_s` has passed: at least one, at most 20,000. Raises LedgerError.

    `read` reads one entry at a random index; `prove` proves one included; `verify` checks such a proof and
    the head offline; `audit` reads every entry and derives the head again.
    """
    work = _work(kind, door.ledger, verifier, rng)
    begun: list[float] = []
    ended: list[float] = []
    became: list[Became] = []
    end_s = monotonic() + duration_s
    while not begun or (monotonic() < end_s and len(begun) < _MOST):
        begun.append(monotonic())
        try:
            work()
            became.append(Became.FINAL)
        except LedgerError:
            became.append(Became.FAILED)
        ended.append(monotonic())
    seen = Observed.of(np.array(begun), [door.name])
    seen.sent = seen.due.copy()
    seen.became = np.array(became, dtype=np.int8)
    seen.final = np.where(seen.became == Became.FINAL, np.array(ended), np.nan)
    seen.free_lag = np.zeros(len(begun))
    return seen


def _work(kind: str, ledger: Ledger, verifier: Verifier, rng: Random) -> Callable[[], None]:
    head = ledger.head()

    def read() -> None:
        index = rng.randrange(head.size)
        [_] = ledger.scan(index, index + 1)

    def prove() -> None:
        ledger.prove_inclusion(rng.randrange(head.size), head)

    def audit() -> None:
        verifier.check_replay(ledger.scan(0, head.size), head)

    if kind == "verify":
        return _verifying(ledger, verifier, rng)
    return {"read": read, "prove": prove, "audit": audit}[kind]


def _verifying(ledger: Ledger, verifier: Verifier, rng: Random) -> Callable[[], None]:
    head = ledger.head()
    kept = []
    for _ in range(_KEPT):
        index = rng.randrange(head.size)
        [entry] = ledger.scan(index, index + 1)
        kept.append((entry, index, ledger.prove_inclusion(index, head)))

    def verify() -> None:
        entry, index, proof = rng.choice(kept)
        verifier.check_inclusion(entry, index, head, proof)

    return verify
