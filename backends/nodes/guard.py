"""Kills the nodes when the process that started them is gone, however it went, `kill -9` included.

Run as a program by `Guard`, one for a group of nodes. It reads `+PID` and `-PID` lines on its standard input
and, once its parent has died or closed that pipe, sends SIGKILL to what is left, stopped processes included.

Why not PR_SET_PDEATHSIG: it fires when the *thread* that started the child ends, and nodes are started from
worker threads. The guard watches its parent through a pidfd and not through the pipe alone, since a process
that the parent forked (multiprocessing) keeps a copy of the pipe open.

Nothing but the standard library is imported, so that it is up in some 15 ms and takes 8 MB.
"""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock


class Guard:
    """The parent's side: `watch` a process id, `release` it once reaped. Runs only while it watches any."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._watched: set[int] = set()
        self._guardian: subprocess.Popen[bytes] | None = None

    def watch(self, pid: int) -> None:
        with self._lock:
            guardian = self._guardian
            if guardian is None or guardian.poll() is not None:
                guardian = self._guardian = _launch()
                for known in self._watched:  # the former guard was killed: tell the new one everything
                    _tell(guardian, f"+{known}")
            self._watched.add(pid)
            _tell(guardian, f"+{pid}")

    def release(self, pid: int) -> None:
        with self._lock:
            self._watched.discard(pid)
            guardian = self._guardian
            if guardian is None:
                return
            _tell(guardian, f"-{pid}")
            if not self._watched:
                self._guardian = None
                assert guardian.stdin is not None
                try:
                    guardian.stdin.close()
                except BrokenPipeError:
                    pass
                guardian.wait()


def _launch() -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid())]
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        start_new_session=True,
    )


def _tell(guardian: subprocess.Popen[bytes], line: str) -> None:
    assert guardian.stdin is not None
    try:
        guardian.stdin.write(f"{line}\n".encode())
    except BrokenPipeError:
        pass  # somebody killed the guard; the next `watch` starts another


def guard(parent: int) -> None:
    """The guard's own life: until the parent is gone, then kill what it left."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, int] = {}
    poller = select.poll()
    os.set_blocking(0, False)
    poller.register(0, select.POLLIN)
    try:
        poller.register(os.pidfd_open(parent), select.POLLIN)
    except ProcessLookupError:
        pass  # the parent died before this line: what it wrote into the pipe is still read below
    gone = os.getppid() != parent
    rest = b""
    while True:
        if not gone:
            gone = any(fd != 0 for fd, _ in poller.poll())
        try:
            read = os.read(0, 65_536)
        except BlockingIOError:
            read = None
        *lines, rest = (rest + (read or b"")).split(b"\n")
        for line in lines:
            _note(watched, line)
        if read == b"" or (gone and read is None):
            break
    for pid, descriptor in watched.items():
        _end(pid, descriptor)


def _note(watched: dict[int, int], line: bytes) -> None:
    pid = int(line[1:])
    if line.startswith(b"-"):
        if pid in watched:
            os.close(watched.pop(pid))
        return
    try:
        watched[pid] = os.pidfd_open(pid)  # from here on no other process can be mistaken for it
    except ProcessLookupError:
        pass


def _end(pid: int, descriptor: int) -> None:
    try:
        signal.pidfd_send_signal(descriptor, 0)
        os.killpg(pid, signal.SIGKILL)  # each node leads a group of its own
    except (ProcessLookupError, PermissionError):
        pass
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    guard(int(sys.argv[1]))
