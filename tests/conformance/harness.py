"""What a law is run against: one deployment, a verifier that cannot reach out, and entries it will take.

A law gets nothing else, so that the same function judges every backend and every mutant.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from backends.ports import LedgerDeployment
from consultation.core.canonical import Json
from consultation.core.errors import LedgerError, VerificationError
from consultation.core.ledger import (
    Durability,
    Head,
    Ledger,
    Pending,
    Refusal,
    Settled,
    Ticket,
    Traits,
    Verifier,
)
from tests.conformance.entries import Source
from tests.conformance.offline import Offline

Decided = Settled | Refusal


@dataclass(slots=True)
class History:
    """A ledger's entries so far, and heads of growing size over them."""

    entries: list[bytes]
    heads: list[Head]

    @property
    def newest(self) -> Head:
        return self.heads[-1]


@dataclass(slots=True)
class Harness:
    """One deployment under test."""

    deployment: LedgerDeployment
    verifier_from: Callable[[Mapping[str, Json]], Verifier]
    source: Source
    stranger: Callable[[], tuple[Head, list[bytes]]]
    """A head, with its entries, of the same backend run by somebody else."""
    patience_s: float = 60.0
    """How long a ledger may take to decide everything before a law calls it lost."""
    prompt_s: float = 20.0
    """A timeout that a prompt answer never needs in full."""
    ledger: Ledger = field(init=False)
    verifier: Verifier = field(init=False)
    _history: History | None = None

    def __post_init__(self) -> None:
        self.verifier = self.new_verifier()
        self.connect()
        self.prepare()

    @property
    def traits(self) -> Traits:
        return self.ledger.traits

    @property
    def durable(self) -> bool:
        return self.traits.durability is not Durability.NONE

    @property
    def free(self) -> bool:
        """Whether the ledger takes any bytes at all."""
        return self.source.free

    def new_verifier(self) -> Verifier:
        """From pins that went through JSON, as a holder of a certificate keeps them."""
        pins: Mapping[str, Json] = json.loads(json.dumps(self.deployment.pins()))
        return Offline(self.verifier_from(pins))

    def connect(self) -> Ledger:
        """A fresh client, which the laws use from now on."""
        self.ledger = self.deployment.connect()
        return self.ledger

    def prepare(self) -> None:
        """Append what has to stand before `entries` are admitted; by law 1 it may be done again."""
        for entry in self.source.preparation:
            self.settle_all([entry])

    def entries(self, n: int, size_bytes: int = 64) -> list[bytes]:
        """New entries that the ledger must take, in any order."""
        return [self.source.new(size_bytes) for _ in range(n)]

    def after_restart(self, *, kill: bool) -> Ledger:
        """Take the ledger down, hard or softly, bring it up, and connect anew."""
        self.ledger.close()
        if kill:
            self.deployment.kill()
        self.deployment.restart()
        self._history = None
        ledger = self.connect()
        self.prepare()
        return ledger

    # Writing

    def decide(self, entries: Sequence[bytes], ledger: Ledger | None = None) -> list[Decided]:
        """Append in one list and settle until every entry is decided."""
        ledger = ledger or self.ledger
        answers = ledger.append(entries)
        assert len(answers) == len(entries), f"{len(answers)} answers to {len(entries)} entries"
        return self.await_all(answers, ledger)

    def await_all(self, answers: Sequence[Ticket | Refusal], ledger: Ledger | None = None) -> list[Decided]:
        """Settle until every ticket is decided."""
        ledger = ledger or self.ledger
        decided: dict[int, Decided] = {
            at: answer for at, answer in enumerate(answers) if isinstance(answer, Refusal)
        }
        waiting = {at: answer for at, answer in enumerate(answers) if isinstance(answer, Ticket)}
        end_s = time.monotonic() + self.patience_s
        while waiting:
            assert time.monotonic() < end_s, f"{len(waiting)} entries undecided after {self.patience_s} s"
            found = ledger.settle(list(waiting.values()), timeout_s=min(5.0, self.patience_s))
            assert len(found) == len(waiting), f"{len(found)} answers to {len(waiting)} tickets"
            for at, answer in zip(list(waiting), found, strict=True):
                if not isinstance(answer, Pending):
                    decided[at] = answer
                    del waiting[at]
        return [decided[at] for at in range(len(answers))]

    def settle_all(self, entries: Sequence[bytes], ledger: Ledger | None = None) -> list[int]:
        """Append in one list; every entry must settle. Returns their indexes."""
        indexes = []
        for entry, answer in zip(entries, self.decide(entries, ledger), strict=True):
            assert isinstance(answer, Settled), f"a good entry of {len(entry)} bytes was refused: {answer}"
            indexes.append(answer.index)
        return indexes

    # Reading

    def all_entries(self, ledger: Ledger | None = None) -> list[bytes]:
        ledger = ledger or self.ledger
        return list(ledger.scan(0, ledger.head().size))

    def history(self) -> History:
        """A history in five rounds, built when first asked for and shared by the laws that only read."""
        if self._history is None:
            heads = [self.ledger.head()]
            for n in (1, 2, 5, 9):
                self.settle_all(self.entries(n))
                heads.append(self.ledger.head())
            entries = list(self.ledger.scan(0, heads[-1].size))
            self._history = History(entries, [head for head in heads if head.size])
        return self._history


def accepts(check: Callable[[], None], what: str) -> None:
    """The verifier must accept."""
    try:
        check()
    except (VerificationError, LedgerError) as error:
        raise AssertionError(f"{what} was not accepted: {error}") from error


def refuses(check: Callable[[], None], what: str) -> None:
    """The verifier must raise VerificationError and nothing else."""
    try:
        check()
    except VerificationError:
        return
    except Exception as error:
        raise AssertionError(f"{what} raised {error!r}, not VerificationError") from error
    raise AssertionError(f"{what} was accepted")


def raises(kind: type[LedgerError], call: Callable[[], object], what: str) -> None:
    """The call must raise exactly this class of error."""
    try:
        call()
    except Exception as error:
        if type(error) is kind and str(error):
            return
        raise AssertionError(f"{what} raised {error!r}, not {kind.__name__} with a message") from error
    raise AssertionError(f"{what} did not raise {kind.__name__}")
