"""The memory ledger with replaceable parts: what mutants are made of."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nacl.signing import SigningKey

from backends.memory.ledger import BACKEND, Memory, MemoryDeployment, MemoryLedger
from backends.ports import Level, ProcessUse, Reached, Tampered, Tampering
from consultation.core.canonical import Json
from consultation.core.ledger import (
    Head,
    Health,
    Ledger,
    Pending,
    Proof,
    Refusal,
    Settled,
    Ticket,
    Traits,
    Usage,
    Verifier,
)

Append = Callable[[Sequence[bytes]], Sequence[Ticket | Refusal]]
OPERATOR = SigningKey(bytes(32))


class Settle(Protocol):
    def __call__(
        self, tickets: Sequence[Ticket], *, timeout_s: float
    ) -> Sequence[Settled | Refusal | Pending]: ...


@dataclass(frozen=True, slots=True)
class Client:
    """A client whose every operation can be another one; `of` gives the memory ledger's own."""

    traits: Traits
    append: Append
    settle: Settle
    head: Callable[[], Head]
    scan: Callable[[int, int], Iterator[bytes]]
    prove_inclusion: Callable[[int, Head], Proof]
    prove_consistency: Callable[[Head, Head], Proof]
    usage: Callable[[], Usage]
    health: Callable[[], Health]
    close: Callable[[], None]

    @classmethod
    def of(cls, ledger: MemoryLedger) -> "Client":
        return cls(
            ledger.traits,
            ledger.append,
            ledger.settle,
            ledger.head,
            ledger.scan,
            ledger.prove_inclusion,
            ledger.prove_consistency,
            ledger.usage,
            ledger.health,
            ledger.close,
        )


@dataclass(frozen=True, slots=True)
class Checker:
    """A verifier whose every check can be another one."""

    check_head: Callable[[Head], None]
    check_replay: Callable[[Iterable[bytes], Head], None]
    check_inclusion: Callable[[bytes, int, Head, Proof], None]
    check_consistency: Callable[[Head, Head, Proof], None]

    @classmethod
    def of(cls, verifier: Verifier) -> "Checker":
        return cls(
            verifier.check_head, verifier.check_replay, verifier.check_inclusion, verifier.check_consistency
        )


Mutation = Callable[[Client, Memory], Client]
CheckerMutation = Callable[[Checker], Checker]


class Broken:
    """A deployment of the memory ledger with something wrong in it."""

    def __init__(
        self,
        inner: MemoryDeployment,
        mutate: Mutation,
        on_restart: Callable[[Memory], None],
        on_kill: Callable[[MemoryDeployment], None] | None,
    ) -> None:
        self._inner = inner
        self._mutate = mutate
        self._on_restart = on_restart
        self._on_kill = on_kill
        self._paused = False

    def connect(self) -> Ledger:
        return self._mutate(Client.of(MemoryLedger(self.memory)), self.memory)

    @property
    def memory(self) -> Memory:
        return self._inner.memory

    def pins(self) -> Mapping[str, Json]:
        return self._inner.pins()

    def kill(self) -> None:
        if self._on_kill is None:
            self._inner.kill()
        else:
            self._on_kill(self._inner)

    def restart(self) -> None:
        self._inner.restart()
        self._on_restart(self.memory)

    def tamper(self, tampering: Tampering) -> Tampered:
        return self._inner.tamper(tampering)

    def pause(self) -> None:
        self._inner.pause()

    def resume(self) -> None:
        self._inner.resume()

    def use(self) -> ProcessUse:
        return self._inner.use()

    def assurance(self) -> Mapping[Level, Reached]:
        return self._inner.assurance()

    def stop(self) -> None:
        self._inner.stop()


def verifier(mutate: CheckerMutation) -> Callable[[Mapping[str, Json]], Verifier]:
    """From pins to a verifier with something wrong in it."""

    def build(pins: Mapping[str, Json]) -> Verifier:
        return mutate(Checker.of(BACKEND.verifier(pins)))

    return build
