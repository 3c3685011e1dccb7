"""The ledger port: what every backend offers, and the ten laws it keeps.

The laws, each with a conformance test over every backend and a mutant that the test kills:

1.  idempotence: the same bytes settle at the same index, whoever appends them, however often,
    also after the close.
2.  finality: a settled entry is read back at its index for ever after; across restart, `kill -9`
    and power loss exactly as `traits.durability` says.
3.  order: indexes are dense from 0, and nothing exists past the head.
4.  real time: an entry appended after another has settled gets a larger index.
5.  growth: heads never shrink, and a head commits to exactly the entries it covers.
6.  inclusion: a proof is accepted for its entry at its index and for no other; a head once returned
    verifies for ever without the node.
7.  consistency: where the traits declare it, any two heads prove the older a prefix of the newer.
8.  honest loss: a Refusal and Overloaded mean not appended; everything doubtful is OutcomeUnknown
    or Pending.
9.  honest scope: an operation raises Unsupported exactly when the traits omit it.
10. metering: counters (entries, bytes handed over, gas) only grow, restarts included;
    `stored_bytes` is a gauge; health never raises.

A ledger is never asked whether it is honest: a verifier is built from what was pinned beforehand
and never from what comes along with the thing to be verified.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NewType, Protocol

Root = NewType("Root", bytes)
"""What a head commits to: 32 bytes, an RFC 6962 tree root, or for `signed-db` the last row's chain hash."""


class Durability(Enum):
    """What a settled entry survives."""

    NONE = "none"
    PROCESS = "process"
    POWER = "power"


class AdmissionBy(Enum):
    """Who enforces the admission rules."""

    SERVICE = "service"
    VALIDATORS = "validators"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a deployment promises; declared by the backend, tested by the laws."""

    name: str
    durability: Durability
    admission: AdmissionBy
    inclusion: bool
    consistency: bool
    max_entry_bytes: int
    voucher: str
    """Who vouches for a head, in one English phrase: 'the operator', '3 of 4 witnesses'."""
    parties: int
    """Independent parties that must collude to show two histories; 0 where nobody vouches."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A claim on an entry handed over. Does not outlive the process: in doubt, append the bytes again."""

    leaf: bytes
    """The entry's RFC 6962 leaf hash, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The entry is final at `index` (zero-based)."""

    index: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The entry was not appended and never will be as it is; `reason` says why and what is allowed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Not yet decided."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest final state: how many entries, what commits to them, and the whole attestation.

    `attestation` is the backend's own bytes, enough for its verifier to check the head offline.
    """

    size: int
    root: Root
    attestation: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof in the backend's own bytes; for the ones over the RFC 6962 tree, see `merkle.encode_path`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """Physical use so far, never money. Counters grow, restarts included; `stored_bytes` is a gauge."""

    entries: int
    handed_over_bytes: int
    stored_bytes: int
    gas: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the ledger can settle entries now, and a sentence for people."""

    ok: bool
    detail: str


class Ledger(Protocol):
    """An append-only, totally ordered log of entries opaque to it, itself trusted for nothing.

    Answers come in input order, one per entry. Safe from several threads. An exception concerns the
    whole call and means that no entry of it was appended, except OutcomeUnknown.
    """

    @property
    def traits(self) -> Traits: ...

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        """Hand entries over; promises nothing yet. Raises Overloaded, OutcomeUnknown, Unavailable."""
        ...

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        """Return once at least one more ticket is decided, or at the timeout (seconds)."""
        ...

    def head(self) -> Head:
        """The newest final head."""
        ...

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries `start` <= index < `stop`, in order, none past the head. Raises Rejected on a bad range."""
        ...

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        """Prove the entry at `index` under `head`. Raises Rejected past the head, Unsupported."""
        ...

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        """Prove `old` a prefix of `new`. Raises Rejected when old is larger, Unsupported."""
        ...

    def usage(self) -> Usage: ...

    def health(self) -> Health:
        """Never raises."""
        ...

    def close(self) -> None:
        """Release what this client holds; idempotent. Whatever settled stays settled."""
        ...


class Verifier(Protocol):
    """Pure and offline: no network, no clock, no database. Returns, or raises VerificationError."""

    def check_head(self, head: Head) -> None: ...

    def check_replay(self, entries: Iterable[bytes], head: Head) -> None: ...

    def check_inclusion(self, entry: bytes, index: int, head: Head, proof: Proof) -> None: ...

    def check_consistency(self, old: Head, new: Head, proof: Proof) -> None: ...
