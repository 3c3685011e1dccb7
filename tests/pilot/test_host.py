"""A service as `pilot serve` starts it: both profiles of certificates, and their PDFs, under its own pins."""

from pathlib import Path

import pytest

from consultation.core import bundle as bundles
from consultation.core.multikey import Suite
from consultation.pdf.checking import check_signature
from consultation.pdf.reading import extract
from pilot import host, keys, paper, scenario
from pilot.host import make_verifier
from pilot.world import SystemChance
from workloads.attacks.honest import CONSULTATION, conduct, plan, publish


@pytest.mark.parametrize("suite", Suite)
def test_certificates_of_either_profile_hold_under_the_pins_and_so_do_their_pdfs(
    tmp_path: Path, suite: Suite
) -> None:
    value: dict[str, object] = {
        "name": "mot",
        "unit": {"suite": suite.value},
        "tokens": {name: f"token-of-{name}" for name in ("citizen", "officer", "operator", "auditor")},
        "ledgers": {"signed-db": {}},
    }
    case = scenario.parse(value, "here")
    drawn = keys.make(tmp_path / "keys.json", SystemChance())
    running = host.start(case, "signed-db", tmp_path / "run", drawn)
    try:
        acts = plan(5)
        conduct(running.service, acts)
        publish(running.service)
        bundle = running.service.office.certificate(CONSULTATION, acts[0].opinion.participant)
        links = list(bundles.verify(bundle, running.pins, make_verifier))
        assert all(link.ok for link in links), links
        assert any(suite.value in link.detail for link in links)
        pdf = paper.printer(case, drawn)(bundle)
        assert [link.ok for link in check_signature(pdf, running.pins.roots)] == [True, True]
        assert len(extract(pdf)) > 1000
    finally:
        running.close()
