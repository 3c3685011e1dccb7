"""A child process that appends until it is killed: `python -m tests.backends.appender NAME FOLDER OPTIONS`.

It prints a line `INDEX TEXT` for each entry that has settled, so that the parent knows what must survive.
"""

import json
import subprocess
import sys
from pathlib import Path

from nacl.signing import SigningKey

from backends.ports import Option, Setting
from backends.registry import backend
from consultation.core.ledger import Ledger, Settled, Ticket

ORIGIN = "crash.example/ledger"
OPERATOR = SigningKey(b"operator of the crash test......")
LIST = 20


def setting(folder: Path, options: dict[str, Option]) -> Setting:
    return Setting(folder, OPERATOR, ORIGIN, "all", options)


def settle(ledger: Ledger, entries: list[bytes]) -> list[int]:
    """Append and wait until every entry has settled; their indexes."""
    tickets = [answer for answer in ledger.append(entries) if isinstance(answer, Ticket)]
    assert len(tickets) == len(entries)
    indexes: dict[bytes, int] = {}
    while waiting := [ticket for ticket in tickets if ticket.leaf not in indexes]:
        for ticket, answer in zip(waiting, ledger.settle(waiting, timeout_s=30), strict=True):
            if isinstance(answer, Settled):
                indexes[ticket.leaf] = answer.index
    return [indexes[ticket.leaf] for ticket in tickets]


def main(name: str, folder: str, options: str) -> None:
    deployment = backend(name).deploy(setting(Path(folder), json.loads(options)))
    ledger = deployment.connect()
    start = ledger.head().size
    for number in range(start, start + 1_000_000, LIST):
        entries = [f"entry-{at}-of-run-{start}".encode() for at in range(number, number + LIST)]
        for index, entry in zip(settle(ledger, entries), entries, strict=True):
            print(index, entry.decode())
        sys.stdout.flush()


def killed_midway(name: str, folder: Path, options: dict[str, Option], after: int) -> dict[int, bytes]:
    """What a child had acknowledged when SIGKILL met it, at `after` entries or somewhat later."""
    root = Path(__file__).parents[2]
    argv = [sys.executable, "-m", "tests.backends.appender", name, str(folder), json.dumps(options)]
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        settled: dict[int, bytes] = {}
        try:
            for line in child.stdout:
                index, _, text = line.strip().partition(" ")
                settled[int(index)] = text.encode()
                if len(settled) >= after:
                    break
        finally:
            child.kill()
        *whole, _torn = child.stdout.read().split("\n")
        for line in whole:
            index, _, text = line.partition(" ")
            settled[int(index)] = text.encode()
    assert len(settled) >= after, f"the child ended after {len(settled)} entries"
    return settled


if __name__ == "__main__":
    main(*sys.argv[1:])
