"""Locust over the HTTP service: citizens write and verify while officers take closed consultations further.

    locust -f workloads/locustfile.py --config runs/load/locust.conf

`python -m workloads.load` lays down consultations to load and writes that file. Each option has an
environment variable too, which `locust --help` names. Each user keeps a schedule of its own, drawn before
anything is sent: a request that comes late because the one before it was slow is counted from when it was
due, as in `workloads.driver`. Locust's own statistics count from the sending; the raw observations keep due,
sent and answered, in seconds of this machine's monotonic clock.

Locust replaces the standard library's sockets when it is imported: this file is for a process of its own.
"""

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from workloads.load.citizen import Citizen
from workloads.load.officer import Officer
from workloads.load.process import begin

__all__ = ["Citizen", "Officer"]

_CITIZEN = "Bearer token of the citizens' role."
_OFFICER = "Bearer token of the officers' role."
_HOLDERS = "File that names, a line each, who has a certificate of the published consultation."
_PINS = "File of whom a verifier believes; without it what is downloaded is not verified."
_SEEN = "File for raw observations; a worker puts its own name into that of the file."


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: LocustArgumentParser) -> None:
    add = parser.add_argument
    add("--consultation", env_var="PILOT_CONSULTATION", default="narrow", help="Id of an open consultation.")
    add("--closed", env_var="PILOT_CLOSED", default="", help="Ids of closed ones, with commas; for officers.")
    add("--published", env_var="PILOT_PUBLISHED", default="", help="Id of one that has certificates.")
    add("--user-rate", env_var="PILOT_USER_RATE", type=float, default=1.0, help="Requests a second and user.")
    add("--seed", env_var="PILOT_SEED", type=int, default=1, help="Of schedules and choices.")
    # Tokens are no text for a page, and files are this process's own: neither a page nor a master names them.
    add("--citizen-token", env_var="PILOT_CITIZEN_TOKEN", default="", help=_CITIZEN, include_in_web_ui=False)
    add("--officer-token", env_var="PILOT_OFFICER_TOKEN", default="", help=_OFFICER, include_in_web_ui=False)
    add("--holders", env_var="PILOT_HOLDERS", default="", help=_HOLDERS, include_in_web_ui=False)
    add("--pins", env_var="PILOT_PINS", default="", help=_PINS, include_in_web_ui=False)
    add("--observations", env_var="PILOT_OBSERVATIONS", default="", help=_SEEN, include_in_web_ui=False)


@events.init.add_listener  # type: ignore[untyped-decorator]
def _begin(environment: Environment, **_: object) -> None:
    try:
        Citizen.process = Officer.process = begin(environment)
    except ValueError as error:
        raise SystemExit(str(error)) from None
