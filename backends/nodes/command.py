"""Runs one command of a build: its lines go to a log and to the display, and it ends when we do."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from backends.nodes.guard import Guard

# What the end of a build's log shows, and how a report says it; the first that fits is taken.
_REASONS: Sequence[tuple[str, Sequence[str]]] = (
    (
        "the disk is full",
        ("no space left on device", "No space left on device", "ENOSPC", "disk quota exceeded"),
    ),
    (
        "what was downloaded has not the pinned digest",
        ("checksum mismatch", "SECURITY ERROR", "EINTEGRITY", "DO NOT MATCH THE HASHES"),
    ),
    (
        "the package registry cannot be reached",
        (
            "dial tcp",
            "connection refused",
            "i/o timeout",
            "TLS handshake",
            "certificate",
            "no such host",
            "ENOTFOUND",
            "EAI_AGAIN",
            "ETIMEDOUT",
            "ECONNREFUSED",
            "ECONNRESET",
            "Failed to establish a new connection",
            "Temporary failure in name resolution",
            "module lookup disabled",
            "ENOTCACHED",
        ),
    ),
    (
        "the package registry does not have the pinned version",
        ("404 Not Found", "E404", "410 Gone", "No matching distribution found"),
    ),
    ("the build was killed, for want of memory as it seems", ("signal: killed",)),
)


def run(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path, on_line: Callable[[str], None]
) -> int:
    """Run to the end and return the exit status (minus the signal's number where a signal ended it).

    Both outputs go to `log`, which is appended to, and line by line to `on_line`. Whatever ends this call,
    Ctrl-C included, ends the command and all that it started. Raises OSError where it cannot be started.
    """
    guard = Guard()
    with log.open("a", encoding="utf-8") as record:
        command = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        try:
            guard.watch(command.pid)
            assert command.stdout is not None
            for line in command.stdout:
                record.write(line)
                record.flush()
                on_line(line.rstrip("\n"))
            return command.wait()
        finally:
            if command.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(command.pid, signal.SIGKILL)
                command.wait()
            if command.stdout is not None:
                command.stdout.close()
            guard.release(command.pid)


def explain(log_tail: str, otherwise: str) -> str:
    """The reason that the end of a log shows, else `otherwise`."""
    for reason, signs in _REASONS:
        if any(sign in log_tail for sign in signs):
            return reason
    return otherwise
