"""The command line: `pilot nodes`, `run`, `bench`, `serve`, `verify`, `audit`, `report`, `compare`,
`aggregate`.

Exit status: 0 good, 2 usage, 3 input, 4 a ledger not measured, 5 verification failed, 6 a regression,
130 interrupted.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from backends.nodes.errors import NodeFailed, NodeUnavailable
from consultation.core.errors import LedgerError
from pilot.errors import Exit, InputError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="One consultation on interchangeable ledgers: measured, attacked, simulated, priced, judged.",
    epilog="Exit status: 0 good, 2 usage, 3 input, 4 a ledger not measured, 5 verification failed, "
    "6 a regression, 130 interrupted.",
)

# A file or a pipe has no width of its own: tables are then as wide as they need.
out = Console(width=None if sys.stdout.isatty() else 140)
err = Console(stderr=True)

ScenarioFile = Annotated[Path, typer.Argument(help="A scenario in TOML, such as scenarios/narrow.toml.")]
RunFolder = Annotated[Path, typer.Argument(help="A run directory, such as runs/narrow-20261123T101500Z.")]
MeasuredLedgers = Annotated[
    list[str] | None, typer.Option(help="Measure only this ledger; may be given several times.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print for machines instead of people.")]


@app.command()
def nodes(
    build: Annotated[bool, typer.Option("--build", help="Build what is missing or corrupt.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the node binaries, check them against their digests, and build them."""
    from pilot.commands import nodes as listing

    raise typer.Exit(listing.show(out, err, build=build, as_json=as_json))


@app.command()
def run(
    scenario: ScenarioFile,
    trace: Annotated[
        Path | None, typer.Option(help="Replay a recording: a Polis export, our CSV, or regulations.gov's.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Pass over broken rows of the trace, and count them.")
    ] = False,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the run; must not exist. Default: runs/NAME-TIME.")
    ] = None,
    ledger: MeasuredLedgers = None,
    as_json: AsJson = False,
) -> None:
    """Replay a consultation on every ledger, attack them, and write the report."""
    from pilot.commands import run as running

    raise typer.Exit(
        running.run(scenario, trace, out_folder, ledger or [], out, err, skip_bad=skip_bad, as_json=as_json)
    )


@app.command()
def bench(
    scenario: ScenarioFile,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="One start of five repeats, short windows, ledgers filled to 10,000."),
    ] = False,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the bench; must not exist. Default: runs/bench-NAME-TIME."),
    ] = None,
    ledger: MeasuredLedgers = None,
    as_json: AsJson = False,
) -> None:
    """Load every ledger equally, find what it keeps up with, and write the page of figures."""
    from pilot.commands import bench as benching

    raise typer.Exit(benching.run(scenario, out_folder, ledger or [], out, err, quick=quick, as_json=as_json))


@app.command()
def serve(
    scenario: ScenarioFile,
    ledger: Annotated[str, typer.Option(help="Which of the scenario's ledgers.")] = "signed-db",
    folder: Annotated[
        Path | None, typer.Option(help="Where service and ledger keep their data. Default: a new one.")
    ] = None,
    keys: Annotated[Path | None, typer.Option(help="File of keys; made where it is missing.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 takes a free one.")] = 8000,
) -> None:
    """Serve the consultation over HTTP on one ledger, until Ctrl-C."""
    from pilot.commands import serve as serving

    serving.run(scenario, ledger, folder, keys, port, err)


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="certificate.vc.json (its companions beside it), a folder, a zip, a PDF.")
    ],
    pins: Annotated[
        Path | None, typer.Option(help="Whom you believe; never taken from the certificate itself.")
    ] = None,
    lang: Annotated[str, typer.Option(help="vi or en.")] = "vi",
    as_json: AsJson = False,
) -> None:
    """Check a certificate link by link, with no network."""
    from pilot.commands import verify as verifying

    raise typer.Exit(verifying.run(file, pins, lang, out, as_json=as_json))


@app.command()
def audit(
    folder: RunFolder,
    ledger: Annotated[list[str] | None, typer.Option(help="Only this ledger.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read each ledger of a run alone and find every acknowledged opinion exactly once."""
    from pilot.commands import audit as auditing

    raise typer.Exit(auditing.run(folder, ledger or [], out, err, as_json=as_json))


@app.command()
def report(folder: RunFolder) -> None:
    """Build the report of a run, or the page of a bench, again from its directory alone."""
    from pilot.commands import report as reporting

    raise typer.Exit(reporting.run(folder, out, err))


@app.command()
def compare(
    before: RunFolder,
    after: RunFolder,
    bound: Annotated[
        float, typer.Option(min=0, help="How much worse a figure may be, as a share, before the status is 6.")
    ] = 0.1,
    as_json: AsJson = False,
) -> None:
    """Say what changed beyond noise from one bench or run to another."""
    from pilot.commands import compare as comparing

    raise typer.Exit(comparing.run(before, after, bound, out, as_json=as_json))


@app.command()
def aggregate(
    file: Annotated[Path, typer.Argument(help="Units and their reports, in TOML.")],
    as_json: AsJson = False,
) -> None:
    """Add up what communes and departments report, nothing twice."""
    from pilot.commands import aggregate as adding

    raise typer.Exit(adding.run(file, out, as_json=as_json))


def main() -> None:
    """Run the command line; every foreseen error is one message and a status."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except InputError as error:
        _stop(str(error), Exit.INPUT)
    except (LedgerError, NodeFailed, NodeUnavailable) as error:
        _stop(str(error), Exit.NOT_MEASURED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}", Exit.INPUT)
    except SystemExit as end:
        if end.code == Exit.INTERRUPTED:
            err.print("interrupted: every process that was started is ended")
            sys.stdout.flush()
            # At once: threads may still wait for nodes, and those are ended with this process.
            os._exit(end.code)
        raise


def _stop(message: str, status: int) -> None:
    err.print(message, style="bold red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(status)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
