"""One real process under a ledger: start, readiness, signals, and what it has used.

Life of a process:

1. `start` runs `/bin/sh`, which waits for a word on its standard input. A crash of ours here: sh reads the
   end of the pipe and goes.
2. The guard is told of it; from here on it is killed when this process dies, however that happens.
3. sh is told to go on and becomes the node by `exec`: same process id, log file as its output, a session of
   its own (Ctrl-C in a terminal reaches us alone, and we end the nodes in order).
4. `wait_ready` polls a predicate; the end of the process or the deadline is a NodeFailed with the log's last
   lines.
5. When it has ended, what it used is read from the zombie and added up, and only then is it reaped.

What 'ready' means, and configuration, are left to the ledger that owns the process. Safe from several
threads.
"""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from time import monotonic

import psutil

from backends.nodes.errors import NodeFailed
from backends.nodes.guard import Guard
from backends.nodes.ports import free_ports

__all__ = ["NodeFailed", "NodeProcess", "ProcessUsage", "await_ready", "free_ports", "log_tail"]

LOG_LINES = 20
_LOG_BYTES = 64 * 1024
_KILL_DEADLINE_S = 10.0
_WAIT_THEN_EXEC = 'read go && exec "$0" "$@" </dev/null'


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """What a process has used since its first start, restarts included; `rss_bytes` is now, 0 when down."""

    cpu_s: float = 0.0
    rss_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0

    def plus(self, other: "ProcessUsage") -> "ProcessUsage":
        return ProcessUsage(
            self.cpu_s + other.cpu_s,
            self.rss_bytes + other.rss_bytes,
            self.read_bytes + other.read_bytes,
            self.written_bytes + other.written_bytes,
        )

    def ended(self) -> "ProcessUsage":
        """The same once the process is down: its memory is gone."""
        return replace(self, rss_bytes=0)


class NodeProcess:
    """A node that can be started, signalled, ended, and started again over what it left on disk.

    `argv[0]` is the program; `env`, where given, is the whole environment; `log` gets both outputs and is
    appended to over restarts. Processes that share a `guard` cost one guard between them.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        log: Path,
        env: Mapping[str, str] | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.name = name
        self.argv = tuple(argv)
        self.log = log
        self._cwd = cwd
        self._env = env
        self._guard = guard or Guard()
        self._lock = RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._descriptor = -1
        self._past = ProcessUsage()
        self._exit_status: int | None = None

    # Starting

    def start(self) -> None:
        """Start it; does nothing where it runs already. Whether it comes up is for `wait_ready` to say."""
        with self._lock:
            if self.alive:
                return
            self._cwd.mkdir(parents=True, exist_ok=True)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as output:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", _WAIT_THEN_EXEC, *self.argv],
                    cwd=self._cwd,
                    env=self._env,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._descriptor = os.pidfd_open(process.pid)
            self._process = process
            self._exit_status = None
            assert process.stdin is not None
            with process.stdin as word:  # closed without a word where the guard cannot be had: sh goes then
                self._guard.watch(process.pid)
                with suppress(BrokenPipeError):
                    word.write(b"go\n")
                    word.flush()

    def wait_ready(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Return once `ready()` is true; see `await_ready`."""
        await_ready([self], ready, timeout_s=timeout_s)

    # Ending

    def terminate(self, timeout_s: float = 5.0) -> None:
        """SIGTERM, SIGKILL at the deadline; returns when it has ended. Does nothing where it is down."""
        self.request_stop()
        if not self.wait(timeout_s):
            self.kill()

    def request_stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Signal it without waiting, so that several can end at the same time; wakes a paused process too."""
        self._signal(number)
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL; returns when it has ended. Raises NodeFailed where the kernel cannot end it."""
        self.request_kill()
        if not self.wait(_KILL_DEADLINE_S):
            raise NodeFailed(
                self.name, f"still there {_KILL_DEADLINE_S:.0f} s after SIGKILL", log_tail(self.log)
            )

    def request_kill(self) -> None:
        """SIGKILL without waiting."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout_s: float) -> bool:
        """Whether it has ended (or never ran), waiting up to `timeout_s` for that."""
        with self._lock:
            if self._process is None:
                return True
            descriptor = os.dup(self._descriptor)
        try:
            _readable([descriptor], timeout_s)
        finally:
            os.close(descriptor)
        return not self.alive

    # Stalling

    def pause(self) -> None:
        """SIGSTOP: it keeps its memory, files and connections and does nothing until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    # Looking

    @property
    def alive(self) -> bool:
        with self._lock:
            self._reap()
            return self._process is not None

    @property
    def pid(self) -> int | None:
        with self._lock:
            return self._process.pid if self.alive and self._process is not None else None

    @property
    def exit_status(self) -> int | None:
        """How the last run ended: a status, or minus the signal's number; None while it runs and before."""
        with self._lock:
            self._reap()
            return self._exit_status

    def usage(self) -> ProcessUsage:
        """What it has used so far; its own threads, not processes that it starts."""
        with self._lock:
            self._reap()
            return self._past if self._process is None else self._past.plus(_measure(self._process.pid))

    def descriptor(self) -> int | None:
        """A pidfd of the caller's own, readable once the process has ended; None where it is down."""
        with self._lock:
            return os.dup(self._descriptor) if self.alive else None

    # Within

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            if self.alive:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._descriptor, number)

    def _reap(self) -> None:
        process = self._process
        if process is None:
            return
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return
        # Measured of the zombie: its counters are complete.
        self._past = self._past.plus(_measure(process.pid).ended())
        self._exit_status = process.wait()
        self._process = None
        os.close(self._descriptor)
        self._guard.release(process.pid)


def await_ready(
    processes: Sequence[NodeProcess], ready: Callable[[], bool], *, timeout_s: float, poll_s: float = 0.02
) -> None:
    """Return once `ready()` is true while all `processes` run; an OSError within it means 'not yet'.

    Raises NodeFailed as soon as one of them ends, or when `timeout_s` has passed.
    """
    deadline = monotonic() + timeout_s
    descriptors: list[int] = []
    try:
        for process in processes:
            if (descriptor := process.descriptor()) is not None:
                descriptors.append(descriptor)
        while True:
            for process in processes:
                if not process.alive:
                    raise NodeFailed(process.name, _ending(process), log_tail(process.log))
            with suppress(OSError):
                if ready():
                    return
            left_s = deadline - monotonic()
            if left_s <= 0:
                names = ", ".join(process.name for process in processes)
                tails = "\n".join(log_tail(process.log) for process in processes)
                raise NodeFailed(names, f"not ready within {timeout_s:g} s", tails)
            _readable(descriptors, min(poll_s, left_s))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def log_tail(log: Path, lines: int = LOG_LINES) -> str:
    """The last lines of a log file; empty where there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _ending(process: NodeProcess) -> str:
    status = process.exit_status
    if status is None:
        return "was not started"
    if status < 0:
        return f"ended by signal {signal.Signals(-status).name} before it was ready"
    return f"ended with status {status} before it was ready"


def _readable(descriptors: Sequence[int], timeout_s: float) -> None:
    poller = select.poll()
    for descriptor in descriptors:
        poller.register(descriptor, select.POLLIN)
    poller.poll(timeout_s * 1000)


def _measure(pid: int) -> ProcessUsage:
    try:
        watched = psutil.Process(pid)
        cpu = watched.cpu_times()
        rss_bytes = watched.memory_info().rss
    except psutil.Error:
        return ProcessUsage()
    try:
        io = watched.io_counters()
    except (psutil.Error, OSError):  # a kernel without I/O accounting
        return ProcessUsage(cpu.user + cpu.system, rss_bytes)
    return ProcessUsage(cpu.user + cpu.system, rss_bytes, io.read_bytes, io.write_bytes)
