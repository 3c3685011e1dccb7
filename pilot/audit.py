"""The audit: from the ledger alone, every acknowledged opinion is found exactly once, and the rules hold.

It starts the ledger's own nodes again over what they kept, reads every entry, checks the head against the
pins, derives root or chain anew, replays the admission rules, and looks for each leaf that a receipt
named. The service's store is not read; in anchored mode the ledger is the store and the chain together.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from consultation.core import merkle, tally
from consultation.core.bundle import Pins
from consultation.core.errors import LedgerError, VerificationError
from consultation.core.ledger import Head, Verifier
from pilot import host, keys, scenario
from pilot.errors import InputError
from pilot.rundir import RunDirectory


@dataclass(frozen=True, slots=True)
class Audit:
    """What one ledger came to. `ok` is None where the ledger keeps nothing to be audited."""

    ledger: str
    ok: bool | None
    acknowledged: int
    found: int
    missing: int
    duplicated: int
    entries: int
    received: int
    counted: int
    seconds: float
    detail: str


def of_run(run: RunDirectory, name: str, say: Callable[[str], None]) -> Audit:
    """Audit one ledger of a run over its own folder. Raises InputError when the run has no such ledger."""
    started = monotonic()
    acknowledged = _acknowledged(run, name)
    case = scenario.read(run.path / "scenario.toml", [name])
    backend = case.ledgers[name].backend
    if backend == "memory":
        detail = "kept in memory only: it ended with the process that held it"
        return Audit(name, None, len(acknowledged), 0, 0, 0, 0, 0, 0, 0.0, detail)
    pins = Pins.parse((run.certificates(name) / "pins.json").read_bytes())
    verifier = host.make_verifier(backend, pins.ledgers[backend])
    setting = host.setting(case, name, run.ledger(name), keys.read(run.keys))
    say(f"{name}: starting its nodes")
    deployment = case.backend(name).deploy(setting)
    try:
        ledger = deployment.connect()
        head = ledger.head()
        say(f"{name}: reading {head.size} entries")
        entries = list(ledger.scan(0, head.size))
        ledger.close()
    finally:
        deployment.stop()
    return judge(name, entries, head, verifier, acknowledged, monotonic() - started)


def judge(
    name: str,
    entries: list[bytes],
    head: Head,
    verifier: Verifier,
    acknowledged: Iterable[str],
    seconds: float,
) -> Audit:
    """Hold what was read against the head, the rules and the receipts."""
    leaves = Counter(merkle.leaf_hash(entry).hex() for entry in entries)
    expected = Counter(acknowledged)
    found = sum(1 for leaf in expected if leaf in leaves)
    twice = sum(count - 1 for count in leaves.values())
    received = counted = 0
    detail = "every receipt's entry is there once, under a head that the pins accept"
    ok = found == len(expected) and not twice
    if not ok:
        detail = f"{len(expected) - found} acknowledged entries are missing, {twice} stand twice"
    try:
        verifier.check_replay(entries, head)
        state = tally.replay(entries)
        received = sum(process.received for process in state.processes.values())
        counted = sum(process.counted for process in state.processes.values())
    except VerificationError as error:
        ok, detail = False, str(error)
    return Audit(
        name,
        ok,
        len(expected),
        found,
        len(expected) - found,
        twice,
        len(entries),
        received,
        counted,
        seconds,
        detail,
    )


def attempt(run: RunDirectory, name: str, say: Callable[[str], None]) -> Audit:
    """Like `of_run`, with a ledger that cannot be read as a failed audit that says why."""
    try:
        return of_run(run, name, say)
    except (LedgerError, OSError, VerificationError) as error:
        return Audit(name, False, 0, 0, 0, 0, 0, 0, 0, 0.0, f"the ledger cannot be read: {error}")


def ledgers_of(run: RunDirectory) -> list[str]:
    """The ledgers that the run measured."""
    return sorted(path.stem for path in (run.path / "observations").glob("*.parquet"))


def _acknowledged(run: RunDirectory, name: str) -> list[str]:
    path = run.receipts / f"{name}.jsonl"
    try:
        return [json.loads(line)["leaf"] for line in _lines(path)]
    except FileNotFoundError as error:
        raise InputError(f"{path}: the run has no receipts of {name!r}") from error


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
