"""The protocol of a run, written before anything is measured: what is expected and how it will be judged."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from pilot.scenario import Scenario
from pilot.source import Source
from reports import protocol_text


def text(scenario: Scenario, source: Source) -> str:
    """`protocol.md`; its digest is in the manifest."""
    environment = Environment(
        loader=PackageLoader("pilot"), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    own = ", ".join(f"{name} {keys.window_s:g} s" for name, keys in scenario.ledgers.items() if keys.window_s)
    head = environment.get_template("protocol.md.j2").render(scenario=scenario, source=source, own=own)
    return f"{head}\n{protocol_text()}"
