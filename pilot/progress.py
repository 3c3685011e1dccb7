"""What a person sees while a run goes on: a bar per stage on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress(Protocol):
    """Told what goes on; safe from several threads."""

    def stage(self, name: str, steps: int) -> None:
        """A new stage of so many steps begins."""
        ...

    def tick(self, steps: int) -> None: ...

    def say(self, line: str) -> None:
        """A line worth keeping."""
        ...


class _Shown:
    def __init__(self, console: Console, bars: Bars) -> None:
        self._console, self._bars = console, bars
        self._task: TaskID | None = None
        self._lock = Lock()

    def stage(self, name: str, steps: int) -> None:
        with self._lock:
            if self._task is not None:
                self._bars.update(self._task, visible=False)
            self._task = self._bars.add_task(name, total=max(steps, 1))
        if not self._console.is_terminal:
            self.say(f"{name} ...")

    def tick(self, steps: int) -> None:
        with self._lock:
            if self._task is not None:
                self._bars.advance(self._task, steps)

    def say(self, line: str) -> None:
        self._console.print(f"  {line}", style="dim", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def shown(console: Console) -> Iterator[Progress]:
    """A progress display on a console, which should be standard error."""
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    bars = Bars(*columns, console=console, disable=not console.is_terminal)
    with bars:
        yield _Shown(console, bars)
