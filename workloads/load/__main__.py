"""`python -m workloads.load URL FOLDER`: lay down consultations to load, and write Locust's options."""

from pathlib import Path
from typing import Annotated

import typer

from workloads.load.preparation import Service, ServiceRefused, prepare


def main(
    url: Annotated[str, typer.Argument(help="Address of the service, as `pilot serve` prints it.")],
    folder: Annotated[Path, typer.Argument(help="Where locust.conf and holders.txt go.")],
    citizen_token: Annotated[str, typer.Option(envvar="PILOT_CITIZEN_TOKEN", help="Citizens' token.")],
    officer_token: Annotated[str, typer.Option(envvar="PILOT_OFFICER_TOKEN", help="Officers' token.")],
    pins: Annotated[
        Path | None, typer.Option(help="pins.json of the served folder; without it nothing is verified.")
    ] = None,
    name: Annotated[str, typer.Option(help="The consultations are NAME-open, NAME-closed, …")] = "load",
    holders: Annotated[int, typer.Option(min=1, help="People who took part in the closed ones.")] = 20,
) -> None:
    """Lay down an open, a closed and a published consultation, and say how to load them."""
    try:
        made = prepare(Service(url, citizen_token, officer_token), folder, pins, name, holders)
    except (ServiceRefused, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(3) from None
    typer.echo(f"locust -f workloads/locustfile.py --config {made}")


if __name__ == "__main__":
    typer.run(main)
