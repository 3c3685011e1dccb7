"""One certificate of each ledger, with what a verifier of the run pins, checked before it is kept."""

import shutil

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core.bundle import Pins
from consultation.core.issuer import Issuer, UnitKey
from consultation.core.multikey import Ed25519Key
from consultation.web.access import Role
from pilot.host import make_verifier
from pilot.keys import RunKeys
from pilot.rundir import RunDirectory, as_json, write_whole
from pilot.station import Station


def keep(run: RunDirectory, station: Station, consultation: str, participant: str, keys: RunKeys) -> str:
    """Download one certificate, check it and write it; returns the link that broke, or an empty string.

    The pins come from the deployment and the run's keys, never from the certificate.
    """
    folder = run.certificates(station.ledger)
    pins = Pins.parse(station.client.get("/pins", Role.AUDITOR))
    path = f"/consultations/{consultation}/certificates/{participant}"
    bundle = archive.unpack(station.client.get(path, Role.CITIZEN))
    for name, part in bundle.parts().items():
        write_whole(folder / name, part)
    issuer = Issuer(station.unit.did, station.unit.name)
    unit = UnitKey(issuer.method, Ed25519Key(bytes(keys.unit.verify_key)))
    write_whole(folder / "pins.json", as_json(pins.to_json()))
    write_whole(folder / "did.json", as_json(issuer.document([unit])))
    links = bundles.verify(bundle, pins, make_verifier)
    return next((f"{link.name}: {link.detail}" for link in links if not link.ok), "")


def serve_log(run: RunDirectory) -> None:
    """Copy the transparency log as it was served into the run, for other people's tools."""
    source = run.ledger("merkle-log") / "ledger" / "log"
    if source.is_dir():
        shutil.copytree(source, run.path / "log", dirs_exist_ok=True)
