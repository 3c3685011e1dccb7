"""One certificate of each ledger with what a verifier pins, checked before it is kept; and publications."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core.bundle import Bundle, Pins
from consultation.core.issuer import Issuer, UnitKey
from consultation.service.problems import Problem
from consultation.web.access import Role
from pilot.host import make_verifier
from pilot.rundir import RunDirectory, as_json, write_whole
from pilot.station import Station

Printer = Callable[[Bundle], bytes]


def keep(run: RunDirectory, station: Station, consultation: str, participant: str, printer: Printer) -> str:
    """Download one certificate, check it and write it; returns the link that broke, or an empty string.

    The pins come from the deployment and the run's keys, never from the certificate.
    """
    folder = run.certificates(station.ledger)
    pins = Pins.parse(station.client.get("/pins", Role.AUDITOR))
    path = f"/consultations/{consultation}/certificates/{participant}"
    bundle = archive.unpack(station.client.get(path, Role.CITIZEN))
    for name, part in bundle.parts().items():
        write_whole(folder / name, part)
    publication = station.client.get(f"/consultations/{consultation}/publication", Role.AUDITOR)
    _unpack(publication, run.path / "publication" / station.ledger)
    issuer = Issuer(station.unit.did, station.unit.name)
    published = [UnitKey(method, pinned.key) for method, pinned in pins.issuers.items()]
    write_whole(folder / "pins.json", as_json(pins.to_json()))
    write_whole(folder / "did.json", as_json(issuer.document(published)))
    # As the service would print it; here once for all ledgers, since what sets pages is slow to import.
    try:
        write_whole(folder / "certificate.pdf", printer(bundle))
    except Problem as problem:
        return f"pdf: {problem.detail}"
    links = bundles.verify(bundle, pins, make_verifier)
    return next((f"{link.name}: {link.detail}" for link in links if not link.ok), "")


def _unpack(zipped: bytes, folder: Path) -> None:
    """Everything that it takes to count again, `head.json` last."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as found:
        for name in sorted(found.namelist(), key="head.json".__eq__):
            write_whole(folder / Path(name).name, found.read(name))
