"""The ledger port over a list and an RFC 6962 tree in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from backends.ports import (
    Delete,
    Edit,
    Level,
    Option,
    Options,
    ProcessUse,
    Reached,
    Setting,
    Tampered,
    Tampering,
)
from consultation.core import merkle
from consultation.core.admission import Admission, rule
from consultation.core.canonical import Json
from consultation.core.errors import Rejected, Unavailable, VerificationError
from consultation.core.ledger import (
    AdmissionBy,
    Durability,
    Head,
    Health,
    Ledger,
    Pending,
    Proof,
    Refusal,
    Root,
    Settled,
    Ticket,
    Traits,
    Usage,
)
from consultation.core.tree_head import TreeVerifier

MAX_ENTRY_BYTES = 65_535

TRAITS = Traits(
    name="memory",
    durability=Durability.NONE,
    admission=AdmissionBy.SERVICE,
    inclusion=True,
    consistency=True,
    max_entry_bytes=MAX_ENTRY_BYTES,
    voucher="nobody",
    parties=0,
)


@dataclass(slots=True)
class Memory:
    """What all clients of one deployment share."""

    admission: Admission
    entries: list[bytes] = field(default_factory=list)
    tree: merkle.Tree = field(default_factory=merkle.Tree)
    index: dict[bytes, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    handed_over_bytes: int = 0

    def add(self, entry: bytes) -> Ticket | Refusal:
        if len(entry) > MAX_ENTRY_BYTES:
            return Refusal(f"the entry has {len(entry)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
        self.handed_over_bytes += len(entry)
        leaf = merkle.leaf_hash(entry)
        if leaf not in self.index:
            refused = self.admission.admit(entry)
            if refused is not None:
                return Refusal(refused)
            self.index[leaf] = len(self.entries)
            self.entries.append(entry)
            self.tree.append(leaf)
        return Ticket(leaf)


class MemoryLedger:
    """A client of the memory ledger."""

    traits = TRAITS

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._open = True

    # Writing

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        memory = self._shared()
        with memory.lock:
            return [memory.add(entry) for entry in entries]

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        memory = self._shared()
        if not memory.lock.acquire(timeout=max(0.0, timeout_s)):
            return [Pending() for _ in tickets]  # stalled: see `pause`
        try:
            found = [memory.index.get(ticket.leaf) for ticket in tickets]
        finally:
            memory.lock.release()
        return [Pending() if index is None else Settled(index) for index in found]

    # Reading

    def head(self) -> Head:
        memory = self._shared()
        with memory.lock:
            return Head(memory.tree.size, Root(memory.tree.root()), b"")

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        memory = self._shared()
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        with memory.lock:
            found = memory.entries[start:stop]
        return iter(found)

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        memory = self._shared()
        if not 0 <= index < head.size <= memory.tree.size:
            raise Rejected(f"index {index} is not under a head of {head.size} entries")
        with memory.lock:
            return Proof(merkle.encode_path(memory.tree.prove_inclusion(index, head.size)))

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        memory = self._shared()
        if not old.size <= new.size <= memory.tree.size:
            raise Rejected(f"no proof from a head of {old.size} entries to one of {new.size}")
        with memory.lock:
            return Proof(merkle.encode_path(memory.tree.prove_consistency(old.size, new.size)))

    def usage(self) -> Usage:
        memory = self._memory
        stored = sum(map(len, memory.entries[:]))
        return Usage(len(memory.entries), memory.handed_over_bytes, stored)

    def health(self) -> Health:
        return Health(self._open, "in memory" if self._open else "closed")

    def close(self) -> None:
        self._open = False

    def _shared(self) -> Memory:
        if not self._open:
            raise Unavailable("this client of the memory ledger is closed: connect again")
        return self._memory


def check_head(head: Head) -> None:
    """Raises VerificationError('head')."""
    if head.attestation:
        raise VerificationError("head", "nobody vouches for a memory head, yet it carries an attestation")


class MemoryDeployment:
    """Nothing runs: clients share one object."""

    def __init__(self, setting: Setting) -> None:
        self._admission = setting.admission
        self.memory = Memory(rule(setting.admission))

    def connect(self) -> Ledger:
        return MemoryLedger(self.memory)

    def pins(self) -> Mapping[str, Json]:
        return {"backend": "memory"}

    def kill(self) -> None:
        self.memory = Memory(rule(self._admission))

    def restart(self) -> None:
        """Nothing to start."""

    def tamper(self, tampering: Tampering) -> Tampered:
        entries = list(self.memory.entries)
        match tampering:
            case Edit(index, entry):
                entries[index] = entry
            case Delete(index):
                del entries[index]
            case _:
                entries = list(tampering.entries)
        forged = Memory(rule("all"))
        for entry in entries:
            forged.add(entry)
        self.memory = forged
        return Tampered(True, "the list and the tree in memory were replaced")

    def pause(self) -> None:
        self.memory.lock.acquire()

    def resume(self) -> None:
        self.memory.lock.release()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0)

    def assurance(self) -> Mapping[Level, Reached]:
        return {}

    def stop(self) -> None:
        """Nothing to stop."""


class MemoryBackend:
    """How the memory ledger is deployed and verified."""

    name = "memory"
    options: Mapping[str, Option] = {}

    def nodes(self, options: Options) -> Sequence[str]:
        del options
        return ()

    def deploy(self, setting: Setting) -> MemoryDeployment:
        return MemoryDeployment(setting)

    def verifier(self, pins: Mapping[str, Json]) -> TreeVerifier:
        if pins.get("backend") != "memory":
            raise ValueError(f"these pins are for {pins.get('backend')!r}, not for 'memory'")
        return TreeVerifier(check_head)


BACKEND = MemoryBackend()
