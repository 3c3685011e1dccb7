"""How a build is shown to people: a bar on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

LINE_EVERY_S = 10.0


class BuildProgress(Protocol):
    """Told of a build by the thread that builds; one node at a time."""

    def say(self, node: str, phase: str) -> None:
        """A new phase of this node, such as 'fetching modules'."""
        ...

    def expect(self, node: str, steps: int) -> None:
        """So many packages are to be compiled in this phase."""
        ...

    def step(self, node: str) -> None:
        """One more package is compiled."""
        ...

    def done(self, node: str, outcome: str) -> None:
        """The node is built, or not: a phrase that says which."""
        ...


class Silence:
    """Shows nothing."""

    def say(self, node: str, phase: str) -> None: ...

    def expect(self, node: str, steps: int) -> None: ...

    def step(self, node: str) -> None: ...

    def done(self, node: str, outcome: str) -> None: ...


class Lines:
    """A line per phase, and one every ten seconds while packages are compiled."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began_s: dict[str, float] = {}
        self._steps = 0
        self._expected = 0
        self._next_s = 0.0

    def say(self, node: str, phase: str) -> None:
        now_s = monotonic()
        self._began_s.setdefault(node, now_s)
        self._steps = self._expected = 0
        self._next_s = now_s + LINE_EVERY_S
        self._print(node, phase)

    def expect(self, node: str, steps: int) -> None:
        self._expected = steps
        self._print(node, f"{steps} packages to compile")

    def step(self, node: str) -> None:
        self._steps += 1
        if monotonic() >= self._next_s:
            self._next_s = monotonic() + LINE_EVERY_S
            self._print(node, f"{self._steps} of {max(self._steps, self._expected)} packages")

    def done(self, node: str, outcome: str) -> None:
        self._print(node, outcome)

    def _print(self, node: str, text: str) -> None:
        elapsed_s = monotonic() - self._began_s.get(node, monotonic())
        self._console.print(
            f"{node}: {text} ({elapsed_s:.0f} s)", markup=False, highlight=False, soft_wrap=True
        )


class Bars:
    """A spinner, a bar and the elapsed time for each node."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks = dict[str, TaskID]()

    def say(self, node: str, phase: str) -> None:
        if node not in self._tasks:
            self._tasks[node] = self._progress.add_task(node, total=None, phase=phase)
        self._progress.update(self._tasks[node], phase=phase)

    def expect(self, node: str, steps: int) -> None:
        self._progress.update(self._tasks[node], total=max(1, steps), completed=0)

    def step(self, node: str) -> None:
        self._progress.advance(self._tasks[node])

    def done(self, node: str, outcome: str) -> None:
        task = self._tasks[node]
        self._progress.update(task, phase=outcome, total=1, completed=1)
        self._progress.stop_task(task)


@contextmanager
def showing(console: Console) -> Iterator[BuildProgress]:
    """The display that fits the console, for the time of the block."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[phase]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)
