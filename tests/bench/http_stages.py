"""Where an opinion's time goes: `python -m tests.bench.http_stages LEDGER ADMISSION` prints it.

The service runs in this process under the load of `bench_http`. What each of its threads used is the kernel's
count, so that nothing is slowed down by being measured; then the parts of the writer's work are timed alone.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread, enumerate
from timeit import repeat

from nacl.signing import SigningKey

from consultation.core import commitment, receipt, records
from consultation.core.drafts import Opinion, Stance
from consultation.core.events import OpinionGiven
from consultation.core.receipt import Receipt
from consultation.service.reader import sealed
from consultation.service.seal import Person
from consultation.web.models import OpinionIn
from pilot import keys, scenario, serve
from pilot.world import SystemChance
from tests.bench.bench_http import NUMBER, load
from tests.bench.http_load import TEXT
from tests.served import CONSULTATION, Served

_LOADS = 5
_TIMES = 2000


def threads() -> dict[str, float]:
    """Seconds of processor time by thread so far."""
    names = {thread.native_id: thread.name for thread in enumerate()}
    found: dict[str, float] = {}
    for task in Path("/proc/self/task").iterdir():
        name = names.get(int(task.name), "others")
        running_ns = int((task / "schedstat").read_text().split()[0])
        found[name] = found.get(name, 0.0) + running_ns / 1e9
    return found


def parts() -> dict[str, Callable[[], object]]:
    """What the writer's thread does for an opinion, apart from SQLite; and the check of the body."""
    chance, key, digest = SystemChance(), SigningKey(bytes(32)), "ab" * 32
    person = Person("cd" * 16, CONSULTATION, "w-1", bytes(32))
    opinion = Opinion("w-1", "dieu-2", Stance.DISAGREE, TEXT, draft=digest)
    event = OpinionGiven(digest, "", digest)
    promise = Receipt(CONSULTATION, person.handle, digest, "2026-11-23T10:00:00Z", 3600)
    fields = dict(opinion.fields())
    said = {name: fields[name] for name in ("participant", "provision", "stance", "text")}
    body = OpinionIn.model_validate(said).model_dump_json(include=set(said)).encode()
    return {
        "body checked against the model": lambda: OpinionIn.model_validate_json(body),
        "normalised to NFC": opinion.normalised,
        "request and body digested": lambda: (person.digest("request", "k"), person.digest("body", fields)),
        "fields committed to, salted": lambda: commitment.commit(fields, bytes(32)),
        "words and salt sealed": lambda: sealed(person, person.handle, opinion, bytes(32), chance),
        "entry signed": lambda: records.sign(CONSULTATION, "2026-11-23T10Z", event, key),
        "receipt signed": lambda: receipt.sign(promise, key),
    }


def measure(service: Served) -> None:
    """Load the service that runs in this process, print, and end it."""
    try:
        service.open()
        load(service.url, "warm")
        before = threads()
        rates = sorted(load(service.url, f"round{n}")["per_s"] for n in range(_LOADS))
        after = threads()
        print(f"opinions a second, median of {_LOADS}: {rates[_LOADS // 2]:.0f}")
        for name, used_s in sorted(after.items(), key=lambda item: -item[1]):
            share_us = (used_s - before.get(name, 0.0)) / (_LOADS * NUMBER) * 1e6
            print(f"thread {name:32s} {share_us:6.0f} us")
        for name, part in parts().items():
            best_s = min(repeat(part, number=_TIMES, repeat=5)) / _TIMES
            print(f"alone  {name:32s} {best_s * 1e6:6.1f} us")
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def main(ledger: str, admission: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        service = Served(Path(folder), ledger, admission=admission)
        case = scenario.read(service.scenario, [ledger])
        drawn = keys.make(Path(folder) / "keys.json", SystemChance())

        def ready(url: str) -> None:
            service.url = url
            Thread(target=measure, args=[service], name="measuring").start()

        serve.serve(case, ledger, Path(folder), drawn, serve.bind(0), ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
