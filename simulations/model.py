"""The model: operations pass through servers that each take all that waits at once.

1. An operation arrives when it is due. The service commits in groups: while one commit runs, others wait, and
   the next takes them all. Its end is `accepted`.
2. The batcher collects what is accepted for a while that the scenario states, and hands it over.
3. The ledger works in rounds (a commit, a checkpoint, a block): while one runs, others wait, and the next
   takes them all. Its end, and a fixed lag after it, is `final`.
4. Proving takes a time of its own for each operation and holds nobody up. Its end is `provable`.

With a batch of one, a server is the textbook queue G/G/1, which the tests compare with theory. What the model
leaves out: refused operations, retries, and what the ledger's nodes take from the service's processor.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import simpy
from numpy.typing import NDArray

Times: TypeAlias = NDArray[np.float64]
Draw: TypeAlias = Callable[[int], float]
"""Seconds that a round takes for a batch of the given size."""
Step: TypeAlias = Generator[simpy.Event, None, None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A server: how long a round takes, how many it takes at once (0: all that wait), what follows it."""

    draw: Draw
    max_batch: int = 0
    lag_s: float = 0.0
    """Added after the round without holding up the next one."""
    collect_s: float = 0.0
    """How long the server lets others join before a round starts."""


class BatchServer:
    """A server in the simulated world: takes what waits, works one round, delivers, and starts again."""

    def __init__(
        self, env: simpy.Environment, stage: Stage, deliver: Callable[[Sequence[int]], None]
    ) -> None:
        self._env = env
        self._stage = stage
        self._deliver = deliver
        self._waiting: list[int] = []
        self._arrival = env.event()
        env.process(self._work())

    def put(self, items: Sequence[int]) -> None:
        """Queue items; wakes the server where it idles."""
        self._waiting.extend(items)
        if not self._arrival.triggered:
            self._arrival.succeed()

    def _work(self) -> Step:
        while True:
            if not self._waiting:
                self._arrival = self._env.event()
                yield self._arrival
            if self._stage.collect_s > 0:
                yield self._env.timeout(self._stage.collect_s)
            size = self._stage.max_batch or len(self._waiting)
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            taken = self._stage.draw(len(batch))
            if taken > 0:
                yield self._env.timeout(taken)
            if self._stage.lag_s > 0:
                self._env.process(self._later(batch))
            else:
                self._deliver(batch)

    def _later(self, batch: Sequence[int]) -> Step:
        yield self._env.timeout(self._stage.lag_s)
        self._deliver(batch)


def simulate(due: Times, stages: Sequence[Stage]) -> list[Times]:
    """When each operation leaves each stage, seconds on the clock of `due` (ascending).

    All chance is in the stages' draws: the same draws give the same times.
    """
    env = simpy.Environment(initial_time=float(due[0]) if len(due) else 0.0)
    left = [np.full(len(due), np.nan) for _ in stages]
    servers: list[BatchServer] = []

    def deliver_from(position: int) -> Callable[[Sequence[int]], None]:
        def deliver(batch: Sequence[int]) -> None:
            left[position][list(batch)] = env.now
            if position + 1 < len(servers):
                servers[position + 1].put(batch)

        return deliver

    servers.extend(BatchServer(env, stage, deliver_from(position)) for position, stage in enumerate(stages))

    def arrivals() -> Step:
        for item, moment in enumerate(due):
            if moment > env.now:
                yield env.timeout(float(moment) - env.now)
            servers[0].put([item])

    env.process(arrivals())
    env.run()
    return left
