"""What the users of one Locust process share: who it is, its files, and when requests are due."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from uuid import uuid4

from locust.env import Environment
from locust.runners import WorkerRunner

from workloads.load.checking import Checker
from workloads.load.observed import Observations, Observer, Unobserved, of_worker


class Schedule:
    """When a user's requests are due: a Poisson process from its start, whatever the answers take."""

    def __init__(self, rate_per_s: float, rng: Random) -> None:
        self._rate_per_s, self._rng = rate_per_s, rng
        self.due = monotonic()

    def wait_s(self) -> float:
        """Until the next, which becomes `due`; 0 where that has passed already."""
        self.due += self._rng.expovariate(self._rate_per_s)
        return max(0.0, self.due - monotonic())


@dataclass(frozen=True, slots=True)
class Process:
    """One Locust process. Files are its own, read from its command line and never from the master's word.

    `worker` is drawn anew for each process, so that no two have a participant in common; seeds come from its
    index among the workers instead, so that choices repeat.
    """

    environment: Environment
    worker: str
    observer: Observer
    checker: Checker | None
    holders: tuple[str, ...]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def options(self) -> Namespace:
        """As the web page or the master has them now."""
        found: Namespace | None = self.environment.parsed_options
        assert found is not None, "Locust was started from its command line"
        return found

    def number(self) -> int:
        """A user's number in this process, from 1."""
        return next(self._numbers)

    def rng(self, name: str) -> Random:
        runner = self.environment.runner
        index = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        return Random(f"{self.options.seed} {index} {name}")

    def ids(self, option: str) -> list[str]:
        """Consultations of an option that names several, with commas."""
        return [name.strip() for name in str(getattr(self.options, option)).split(",") if name.strip()]


def begin(environment: Environment) -> Process:
    """Open this process's files. Raises ValueError saying which cannot be used."""
    options = environment.parsed_options
    assert options is not None, "Locust was started from its command line"
    worker = uuid4().hex[:12]
    observer: Observer = Unobserved()
    if options.observations and not options.master:
        path = Path(options.observations)
        if isinstance(environment.runner, WorkerRunner):
            path = of_worker(path, worker)
        try:
            kept = Observations(path, worker)
        except OSError as error:
            raise ValueError(f"cannot write observations to {path}: {error.strerror or error}") from error
        environment.events.quit.add_listener(lambda **_: kept.close())  # type: ignore[no-untyped-call]
        observer = kept
    checker = Checker.of_file(Path(options.pins)) if options.pins else None
    holders = _holders(Path(options.holders)) if options.holders else ()
    return Process(environment, worker, observer, checker, holders)


def _holders(path: Path) -> tuple[str, ...]:
    try:
        found = tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the holders {path}: {error}") from error
    if not found:
        raise ValueError(f"{path} is empty; it names a participant with a certificate on each line")
    return found
