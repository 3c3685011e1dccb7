"""How an anchored ledger is deployed: a store in a file, and any backend beneath that takes the anchors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backends.anchored.anchorer import Anchorer
from backends.anchored.anchors import Anchors
from backends.anchored.counter import Counter
from backends.anchored.ledger import AnchoredLedger, settled_index
from backends.anchored.log import AnchoredLog, Limits
from backends.anchored.store import Store, replace_all
from backends.anchored.verifier import AnchoredHeads
from backends.ports import (
    Backend,
    Cautioned,
    Delete,
    Edit,
    LedgerDeployment,
    Level,
    Option,
    Options,
    ProcessUse,
    Reached,
    Rewrite,
    Setting,
    Tampered,
    Tampering,
)
from consultation.core import checkpoint as checkpoints
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint
from consultation.core.errors import LedgerError, Rejected, Unavailable
from consultation.core.ledger import AdmissionBy, Durability, Ledger, Traits
from consultation.core.merkle import leaf_hash, root_of
from consultation.core.note import KeyType, NoteKey, valid_name
from consultation.core.tree_head import TreeVerifier

MAX_ENTRY_BYTES = 65_535
_STORE = "store.log"
_ANCHOR_TIMEOUT_S = 60.0
_JOIN_TIMEOUT_S = 15.0
_ORDER = (Durability.NONE, Durability.PROCESS, Durability.POWER)

OPTIONS: Mapping[str, Option] = {
    # Entries after which a checkpoint is anchored at once.
    "batch_size": 1_000,
    # Seconds that an entry waits for others before a checkpoint is anchored without them.
    "batch_age_s": 0.5,
    # Entries that may wait for an anchor, beyond which append raises Overloaded.
    "max_unanchored": 100_000,
}


class AnchoredDeployment:
    """The store, and the inner deployment in a folder of its own."""

    def __init__(self, name: str, setting: Setting, limits: Limits, inner: LedgerDeployment) -> None:
        self._name, self._setting, self._limits = name, setting, limits
        self.inner = inner
        """What the anchors go to."""
        self._path = setting.folder / _STORE
        self._log: AnchoredLog
        self._anchorer: Anchorer
        self._client: Ledger
        self._open()

    # The port

    def connect(self) -> Ledger:
        return AnchoredLedger(self._log, self._client, self._traits())

    def pins(self) -> Mapping[str, Json]:
        key = NoteKey(self._setting.origin, KeyType.ED25519, bytes(self._setting.operator.verify_key))
        return {"backend": self._name, "operator": key.vkey, "inner": dict(self.inner.pins())}

    def kill(self) -> None:
        """`kill -9` beneath; of the store, what was not synced is the kernel's to keep or lose."""
        self._close("the ledger was killed: restart it and connect again")
        self.inner.kill()
        self._anchorer.join(_JOIN_TIMEOUT_S)

    def abandon(self) -> None:
        """Let go of store and inner ledger, which lives on for another deployment over it."""
        self._close("this deployment was abandoned: connect to its successor")
        self._anchorer.join(_JOIN_TIMEOUT_S)

    def restart(self) -> None:
        """Where the inner ledger has lost anchors, the store is anchored again before this returns."""
        self._close("the ledger was restarted: connect again")
        self._anchorer.join(_JOIN_TIMEOUT_S)
        self.inner.restart()
        self._open()

    def tamper(self, tampering: Tampering) -> Tampered:
        """The store for Edit and Delete; for Rewrite the inner ledger's history of anchors too."""
        entries = list(self._log.entries())
        self._close("the ledger's storage was changed: connect again")
        self._anchorer.join(_JOIN_TIMEOUT_S)
        match tampering:
            case Edit(index, entry):
                entries[index] = entry
                done = Tampered(
                    True, f"record {index} of {_STORE} was replaced; the anchors are as they were"
                )
            case Delete(index):
                del entries[index]
                done = Tampered(True, f"record {index} of {_STORE} was removed; the anchors are as they were")
            case _:
                entries = list(tampering.entries)
                done = self._anchor_forgery(entries)
        replace_all(self._path, entries)
        self._open()
        return done

    def pause(self) -> None:
        self.inner.pause()

    def resume(self) -> None:
        self.inner.resume()

    def use(self) -> ProcessUse:
        """The inner ledger's processes; the store is written by the calling one."""
        return self.inner.use()

    def assurance(self) -> Mapping[Level, Reached]:
        """The store's disk, then what the inner ledger says of the anchor; nobody else knows the entries."""
        own = {Level.ONE_DISK: Reached("final"), Level.HEAD_SIGNED: Reached("final")}
        theirs = self.inner.assurance()
        return own | {level: theirs[level] for level in (Level.NO_FORK,) if level in theirs}

    @property
    def caution(self) -> str:
        """What has to stand beside every figure of it, as the inner ledger says."""
        return self.inner.caution if isinstance(self.inner, Cautioned) else ""

    def stop(self) -> None:
        self._close("the ledger was stopped: restart it and connect again")
        self.inner.stop()
        self._anchorer.join(_JOIN_TIMEOUT_S)

    # Within

    def _open(self) -> None:
        """Read the store, find its newest anchor, and anchor what came after it. Raises Unavailable."""
        setting = self._setting
        self._client = self.inner.connect()
        store = None
        try:
            store = Store(self._path)
            anchors = Anchors(self._client, setting.operator, setting.origin)
            counters = Counter(setting.folder / "handed_over.txt"), Counter(setting.folder / "entries.txt")
            self._log = AnchoredLog(store, anchors, setting.admission, self._limits, *counters)
            self._anchorer = Anchorer(self._log, anchors)
            self._anchorer.start(_ANCHOR_TIMEOUT_S)
        except BaseException as error:
            if store is not None:
                store.close()
            if isinstance(error, OSError):
                raise Unavailable(f"{self._path.name} cannot be used: {error}") from error
            raise

    def _close(self, why: str) -> None:
        self._log.close(why)
        self._client.close()

    def _anchor_forgery(self, entries: Sequence[bytes]) -> Tampered:
        """One checkpoint over the other history: in place of all anchors, or after them where those stay."""
        setting = self._setting
        root = root_of(map(leaf_hash, entries))
        forged = checkpoints.sign(Checkpoint(setting.origin, len(entries), root), setting.operator).encode()
        done = self.inner.tamper(Rewrite([forged]))
        how = f"{_STORE} was replaced by {len(entries)} other entries; {done.how}"
        if done.done:
            return Tampered(True, how, done.seen_by_parties)
        client = self.inner.connect()
        try:
            index = settled_index(client, forged, _ANCHOR_TIMEOUT_S)
            how += f"; a checkpoint over them was anchored after the others, at {index}"
        except LedgerError as error:
            how += f"; no checkpoint over them could be anchored: {error}"
        finally:
            client.close()
        return Tampered(True, how, done.seen_by_parties)

    def _traits(self) -> Traits:
        inner = self._client.traits
        return Traits(
            name=self._name,
            durability=min(Durability.POWER, inner.durability, key=_ORDER.index),
            admission=AdmissionBy.SERVICE,
            inclusion=True,
            consistency=True,
            max_entry_bytes=MAX_ENTRY_BYTES,
            voucher=f"for anchors of batches: {inner.voucher}",
            parties=inner.parties,
        )


@dataclass(frozen=True, slots=True)
class Anchored:
    """The combinator: a backend under a name of its own, over another one that offers inclusion proofs."""

    name: str
    inner: Backend

    def nodes(self, options: Options) -> Sequence[str]:
        return self.inner.nodes(options)

    @property
    def options(self) -> Mapping[str, Option]:
        return {**OPTIONS, **self.inner.options}

    def deploy(self, setting: Setting) -> AnchoredDeployment:
        if not valid_name(setting.origin):
            raise Rejected(f"an origin has neither spaces nor plus signs, found {setting.origin!r}")
        limits = _limits({**OPTIONS, **setting.options})
        beneath = replace(
            setting,
            folder=setting.folder / "inner",
            origin=f"{setting.origin}/anchors",
            admission="all",
            options={name: value for name, value in setting.options.items() if name not in OPTIONS},
        )
        try:
            setting.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"the folder {setting.folder} cannot be used: {error}") from error
        inner = self.inner.deploy(beneath)
        try:
            return AnchoredDeployment(self.name, setting, limits, inner)
        except BaseException:
            inner.stop()
            raise

    def verifier(self, pins: Mapping[str, Json]) -> TreeVerifier:
        if pins.get("backend") != self.name:
            raise ValueError(f"these pins are for {pins.get('backend')!r}, not for {self.name!r}")
        operator, inner = pins.get("operator"), pins.get("inner")
        if not isinstance(operator, str) or not isinstance(inner, Mapping):
            raise ValueError(f"the pins of {self.name} hold the operator's verifier key and the 'inner' pins")
        return TreeVerifier(AnchoredHeads(NoteKey.parse(operator), self.inner.verifier(inner)).check_head)


def _limits(options: Options) -> Limits:
    size, age_s, most = options["batch_size"], options["batch_age_s"], options["max_unanchored"]
    for name, value in (("batch_size", size), ("max_unanchored", most)):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000_000:
            raise Rejected(f"{name} is a whole number from 1 to 10000000, found {value!r}")
    if not isinstance(age_s, int | float) or isinstance(age_s, bool) or not 0 <= age_s <= 3600:
        raise Rejected(f"batch_age_s is a number of seconds from 0 to 3600, found {age_s!r}")
    return Limits(int(size), float(age_s), int(most), MAX_ENTRY_BYTES)
