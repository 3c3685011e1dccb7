"""One PostgreSQL server as a tree of processes: the postmaster that we start, and the children of that."""

import os
import select
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

import psutil

from backends.nodes.errors import NodeFailed
from backends.nodes.guard import Guard
from backends.nodes.process import NodeProcess, ProcessUsage
from backends.ports import GroupUse
from backends.postgresql.binaries import command

_GONE_S = 10.0
_STOP_S = 8.0


class Server:
    """A server over its data folder. `port` is only the number in its socket's name."""

    def __init__(self, name: str, data: Path, port: int, guard: Guard) -> None:
        self.name, self.data, self.port = name, data, port
        self._lock = Lock()
        self._stopped: Sequence[int] = ()
        self._guard = guard
        self._process: NodeProcess | None = None
        self._seen = ProcessUsage()
        self._past = ProcessUsage()

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.name}.log"

    def start(self) -> None:
        """Start the postmaster; does nothing where it runs. Raises NodeUnavailable, NodeFailed."""
        if self._process is None:
            argv = command("postgres", "-D", str(self.data), "-p", str(self.port))
            self._process = NodeProcess(self.name, argv, cwd=self.data, log=self.log, guard=self._guard)
        if not self._process.alive:
            self._await_former()
            self._past, self._seen = self._past.plus(self._seen.ended()), ProcessUsage()
            self._process.start()

    def _await_former(self) -> None:
        """After a `kill -9` of whoever ran this server, its processes end first: they work in its folder.

        Crash state: the former postmaster may be dead and not reaped. PostgreSQL takes it for alive, so its
        lock files go once nothing of it runs.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text(encoding="ascii").partition("\n")[0])
        except (FileNotFoundError, ValueError):
            return
        former = [process for process in psutil.process_iter() if _works_in(process, self.data)]
        late = [str(process.pid) for process in former if not _ends(process.pid)]
        if late:
            pids = ", ".join(late)
            raise NodeFailed(self.name, f"another server runs over its folder (process {pids}): end it first")
        if _is_postgres(pid) and _ends(pid):
            lock.unlink(missing_ok=True)
            for left in (self.data.parent / "sockets").glob(f".s.PGSQL.{self.port}*"):
                left.unlink(missing_ok=True)

    @property
    def process(self) -> NodeProcess:
        """Once started. Raises RuntimeError before."""
        if self._process is None:
            raise RuntimeError(f"the server {self.name!r} was not started")
        return self._process

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.alive

    def _tree(self) -> list[psutil.Process]:
        """The postmaster and its children."""
        pid = self._process.pid if self._process is not None else None
        if pid is None:
            return []
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(pid)
            return [postmaster, *postmaster.children(recursive=True)]
        return []

    def pause(self) -> None:
        """SIGSTOP to all, the postmaster first, so that it starts nothing more."""
        with self._lock:
            if self._stopped or self._process is None:
                return
            self._process.pause()
            children = [process.pid for process in self._tree()[1:]]
            for pid in children:
                self._guard.watch(pid)  # a stopped child does not see that its postmaster has died
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            self._stopped = children

    def resume(self) -> None:
        with self._lock:
            stopped, self._stopped = self._stopped, ()
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
                self._guard.release(pid)
            if self._process is not None:
                self._process.resume()

    def kill(self) -> None:
        """SIGKILL to all; returns when the last is gone, since a new server waits for them."""
        if self._process is None:
            return
        self.use()
        self._process.pause()
        tree = self._tree()
        self._process.request_kill()
        for process in tree[1:]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.kill()
        for process in tree[1:]:
            _ends(process.pid)
        with self._lock:
            for pid in self._stopped:
                self._guard.release(pid)
            self._stopped = ()

    def stop(self) -> None:
        """A fast shutdown, which ends clients' sessions; SIGKILL to all at the deadline."""
        self.resume()
        if not self.alive:
            return
        self.use()
        self.process.request_stop(signal.SIGINT)
        if not self.process.wait(_STOP_S):
            self.kill()

    def use(self) -> GroupUse:
        """Of the whole tree, restarts included; children that have ended are in the postmaster's counters."""
        tree = self._tree()
        self._seen = _sum(tree) if tree else self._seen.ended()
        used = self._past.plus(self._seen)
        return GroupUse(used.cpu_s, used.rss_bytes, used.written_bytes, len(tree))


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except psutil.Error:
        return False


def _is_postgres(pid: int) -> bool:
    try:
        return psutil.Process(pid).name() == "postgres"
    except psutil.NoSuchProcess:
        return False


def _ends(pid: int) -> bool:
    """Whether a process is dead, reaped or not, waiting for that."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        return bool(poller.poll(_GONE_S * 1_000))
    finally:
        os.close(descriptor)


def _sum(tree: Sequence[psutil.Process]) -> ProcessUsage:
    total = ProcessUsage()
    for at, process in enumerate(tree):
        with suppress(psutil.Error, OSError):
            cpu = process.cpu_times()
            ended_s = cpu.children_user + cpu.children_system if at == 0 else 0.0
            memory = process.memory_info()
            io = process.io_counters()
            own_bytes = memory.rss - memory.shared  # the shared buffers are counted once, below
            total = total.plus(
                ProcessUsage(cpu.user + cpu.system + ended_s, own_bytes, io.read_bytes, io.write_bytes)
            )
            if at == 0:
                total = total.plus(ProcessUsage(rss_bytes=memory.shared))
    return total
