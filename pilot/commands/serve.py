"""`pilot serve`: the service on one ledger, for people, Locust, and the experiment's stations."""

import tempfile
from pathlib import Path

from rich.console import Console

from pilot import keys, scenario, serve
from pilot.world import SystemChance


def run(file: Path, ledger: str, folder: Path | None, key_file: Path | None, port: int, err: Console) -> None:
    """Serve until told to stop. Raises InputError."""
    case = scenario.read(file, [ledger])
    listening = serve.bind(port)
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="pilot-") as fresh:
            _serve(case, ledger, Path(fresh), key_file, listening, err)
    else:
        _serve(case, ledger, folder, key_file, listening, err)


def _serve(
    case: scenario.Scenario,
    ledger: str,
    folder: Path,
    key_file: Path | None,
    listening: serve.Listening,
    err: Console,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = keys.make(key_file or folder / "keys.json", SystemChance())
    announce = serve.announce(folder / "address.json")

    def ready(url: str) -> None:
        announce(url)
        line = f"{ledger} at {url} (documentation: {url}/docs; Ctrl-C ends it)"
        err.print(line, markup=False, highlight=False, soft_wrap=True)

    serve.serve(case, ledger, folder, drawn, listening, ready)
