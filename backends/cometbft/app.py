"""One validator's application as a process: `python -m backends.cometbft.app --home DIR @app.args`.

It keeps its state in `DIR/app` and listens on the unix socket `DIR/app.sock`; the node runs in DIR too and
names the socket relative to it, since an absolute path may pass the 108 bytes that a socket's path has.
Arguments can come from a file, one a line, as the node's come from its `config.toml`.
"""

import argparse
import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

from backends.cometbft import storage, watching
from backends.cometbft.abci.server import serve
from backends.cometbft.application import Application, handler
from backends.cometbft.queries import Answers

FOLDER = "app"
SOCKET = "app.sock"


async def run(home: Path, admission: str, answered: Path | None) -> None:
    """Serve until SIGTERM. Raises ValueError where what is on disk does not fit together."""
    log = None if answered is None else storage.Log(answered, answered.stat().st_size)
    application = Application(home / FOLDER, admission)
    handle = handler(application, Answers(application, home, log), partial(watching.note, home))
    serving = asyncio.ensure_future(serve(handle, Path(SOCKET)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(prog="backends.cometbft.app", fromfile_prefix_chars="@")
    parser.add_argument("--home", type=Path, required=True, help="the validator's folder")
    parser.add_argument("--admission", default="all", help="all or rules")
    parser.add_argument(
        "--answer-from",
        type=Path,
        metavar="LOG",
        help="attacks only: take part truly and answer scans from this other log, as a dishonest operator",
    )
    arguments = parser.parse_args()
    os.chdir(arguments.home)
    try:
        asyncio.run(run(arguments.home, arguments.admission, arguments.answer_from))
    except ValueError as error:
        sys.exit(f"the application ends: {error}")


if __name__ == "__main__":
    main()
