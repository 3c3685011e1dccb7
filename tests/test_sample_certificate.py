"""The sample certificates beside the how-to page: what this very code makes, and what it accepts.

Where the format changes, `python -m tests.test_sample_certificate` from the checkout writes them anew.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from consultation.core import bundle as bundles
from consultation.core import canonical, status_list
from consultation.core.bundle import NAMES, STATUS_NAME, Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.issuer import Issuer, UnitKey
from consultation.core.multikey import Ed25519Key
from consultation.core.status_list import StatusList
from pilot.host import make_verifier
from tests.consultation.core.bundles import DID, Signers, publish

SAMPLES = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "sample-certificate"
SIGNERS = Signers(1)
URL = "https://don-vi.example/status/quyet-dinh-ve-cho"


def parts(folder: Path, *, p256: bool) -> dict[str, bytes]:
    """The files of a sample, made anew: fixed keys, so the same bytes each time."""
    published = publish(folder, SIGNERS, p256=p256)
    issuer = Issuer(DID, "Sở Tư pháp")
    keys = [
        UnitKey(issuer.method, Ed25519Key(bytes(SIGNERS.unit.verify_key))),
        UnitKey(issuer.p256_method, SIGNERS.p256(issuer).public),
    ]
    return {
        **published.bundles[1].parts(),
        "pins.json": _written(published.pins.to_json()),
        "did.json": _written(issuer.document(keys)),
    }


@pytest.mark.parametrize("profile", ["ed25519", "p256"])
def test_the_sample_is_what_this_code_makes_byte_for_byte(tmp_path: Path, profile: str) -> None:
    made = parts(tmp_path, p256=profile == "p256")
    found = {path.name: path.read_bytes() for path in (SAMPLES / profile).iterdir()}
    lists = [bits(files.pop(STATUS_NAME)) for files in (found, made)]
    assert found == made
    assert lists[0] == lists[1], "its bytes are gzip's, which another build of zlib may write otherwise"


@pytest.mark.parametrize("profile", ["ed25519", "p256"])
def test_the_sample_verifies_under_its_pins(profile: str) -> None:
    folder = SAMPLES / profile
    bundle = Bundle(*((folder / name).read_bytes() for name in NAMES))
    links = list(bundles.verify(bundle, Pins.parse((folder / "pins.json").read_bytes()), make_verifier))
    assert all(link.ok for link in links), links
    assert len(links) == 11


def bits(status: bytes) -> StatusList:
    value = canonical.decode(status)
    assert isinstance(value, dict)
    return status_list.read(value, URL)


def _written(value: Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def main() -> None:
    """Write the samples."""
    for profile in ("ed25519", "p256"):
        with TemporaryDirectory() as folder:
            for name, data in parts(Path(folder) / "ledger", p256=profile == "p256").items():
                (SAMPLES / profile / name).write_bytes(data)


if __name__ == "__main__":
    main()
