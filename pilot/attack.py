"""The attacks composed: a ledger of its own per campaign, with the run's keys, in a folder that goes away.

A campaign runs in a process of its own, this module as a program: several at once would share one processor
in the threads of one.
"""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from backends.nodes.errors import NodeFailed
from backends.nodes.process import NodeProcess, log_tail
from backends.ports import LedgerDeployment
from consultation.core.certificate import Issuer
from consultation.core.ledger import Ledger, Verifier
from consultation.service.ports import Keys
from consultation.service.service import Service
from pilot import host, keys, scenario
from pilot.keys import RunKeys
from pilot.rundir import Value, write_whole
from pilot.scenario import Scenario
from workloads.attacks import campaign as campaigns
from workloads.attacks.ports import Cell

_TELL_S = 0.2


def campaign(
    case: Scenario, ledger: str, folder: Path, run_keys: RunKeys, say: Callable[[str], None]
) -> list[Mapping[str, Value]]:
    """All attacks on one ledger, as cells of `risk.json`; with the reason where no consultation runs on it.

    Nothing is shared between campaigns: those of several ledgers may run at once, in threads.
    """
    site = Site(case, ledger, folder, run_keys)
    try:
        return _values(campaigns.run(site, case.attacks.opinions, say))
    except Exception as error:
        # What was measured before must not be lost over an attack that cannot begin, whatever the node does.
        say(f"{ledger}: the attacks could not begin: {str(error).partition(chr(10))[0]}")
        return not_measured(ledger, f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Campaign:
    """One ledger's campaign in a process of its own; it ends with the process that started it."""

    def __init__(self, file: Path, ledger: str, folder: Path, keys_file: Path) -> None:
        self.ledger = ledger
        self._found, self._log = folder.with_suffix(".json"), folder.with_suffix(".log")
        argv = [sys.executable, "-m", "pilot.attack", str(file), ledger, str(folder), str(keys_file)]
        root = Path(__file__).parents[1]
        self._starting, self._stopped = Lock(), False
        self._process = NodeProcess(f"attacks on {ledger}", argv, cwd=root, log=self._log)

    def run(self, say: Callable[[str], None]) -> list[Mapping[str, Value]]:
        """Cells of `risk.json`; with the reason where the campaign died."""
        try:
            with self._starting:
                if self._stopped:
                    return not_measured(self.ledger, "interrupted before it began")
                self._process.start()
        except (NodeFailed, OSError) as error:
            return not_measured(self.ledger, f"the campaign could not begin: {error}")
        told = 0
        while not self._process.wait(_TELL_S):
            told = self._tell(told, say)
        self._tell(told, say)
        try:
            cells: list[Mapping[str, Value]] = json.loads(self._found.read_bytes())
        except OSError:
            tail = log_tail(self._log, 5)
            say(f"{self.ledger}: the attacks broke off: {tail}")
            return not_measured(self.ledger, f"the campaign broke off: {tail}")
        self._found.unlink()
        self._log.unlink()
        return cells

    def stop(self) -> None:
        """End it, and its nodes with it; idempotent. One that has not begun never will."""
        with self._starting:
            self._stopped = True
        self._process.kill()

    def _tell(self, told: int, say: Callable[[str], None]) -> int:
        """Hand on whole lines that are new; how many have been told by now."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        for line in lines[told:]:
            say(line)
        return len(lines)


def not_measured(ledger: str, reason: str) -> list[Mapping[str, Value]]:
    """The cells of a campaign that could not begin."""
    return _values(campaigns.not_measured(ledger, mode_of(ledger), reason))


def mode_of(ledger: str) -> str:
    """'anchored' where only heads are on the ledger, else 'per entry'."""
    return "anchored" if ledger.endswith("-anchored") else "per entry"


def main(file: Path, ledger: str, folder: Path, keys_file: Path) -> None:
    """The program: says what it does on standard output and leaves the cells beside the folder."""
    case = scenario.read(file, [ledger])
    cells = campaign(case, ledger, folder, keys.read(keys_file), lambda line: print(line, flush=True))
    write_whole(folder.with_suffix(".json"), json.dumps(cells).encode())


class Site:
    """One ledger below a folder, over and over."""

    def __init__(self, case: Scenario, ledger: str, folder: Path, run_keys: RunKeys) -> None:
        self.name, self.backend, self.folder = ledger, case.ledgers[ledger].backend, folder
        self.mode = mode_of(self.backend)
        self._backend = case.backend(ledger)
        self.keys: Keys = run_keys.of_service(Issuer(case.unit.did, case.unit.name))
        self._settings = case.service.settings()
        self._setting = host.setting(case, ledger, folder, run_keys)
        self._kept = folder / "kept"

    def start(self) -> LedgerDeployment:
        self._clear()
        return self._backend.deploy(self._setting)

    def keep(self) -> None:
        if self._setting.folder.exists():
            shutil.copytree(self._setting.folder, self._kept, ignore=_sockets)

    def restore(self) -> LedgerDeployment:
        self._clear()
        if self._kept.exists():
            shutil.copytree(self._kept, self._setting.folder)
        return self._backend.deploy(self._setting)

    def serve(self, ledger: Ledger, verifier: Verifier, store: Path) -> Service:
        return host.started(store, ledger, verifier, self.keys, self._settings)

    def _clear(self) -> None:
        if self._setting.folder.exists():
            shutil.rmtree(self._setting.folder)


def _values(cells: Sequence[Cell]) -> list[Mapping[str, Value]]:
    return [cell.to_json() for cell in cells]


def _sockets(folder: str, names: list[str]) -> list[str]:
    """What cannot be copied: a node that was killed leaves its socket."""
    return [name for name in names if (Path(folder) / name).is_socket()]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
