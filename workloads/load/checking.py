"""Checking in process what the service hands out, against pins that came another way."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from backends import registry
from consultation import archive
from consultation.core import bundle, canonical, own_entry
from consultation.core.bundle import Anchor, Pins
from consultation.core.canonical import Json
from consultation.core.errors import LedgerError, VerificationError
from consultation.core.ledger import Verifier
from consultation.core.links import Link
from consultation.core.own_entry import OwnEntry


class Checker:
    """Verifies link by link, without a network; each verifier is built once, before the load."""

    def __init__(self, pins: Pins) -> None:
        """Raises ValueError or LedgerError where a ledger's pins are of no use."""
        self._pins = pins
        self._verifiers = {name: registry.backend(name).verifier(of) for name, of in pins.ledgers.items()}

    @classmethod
    def of_file(cls, path: Path) -> "Checker":
        """Raises ValueError saying what is wrong with the file."""
        try:
            return cls(Pins.parse(path.read_bytes()))
        except OSError as error:
            raise ValueError(f"cannot read the pins {path}: {error.strerror or error}") from error
        except (ValueError, LedgerError) as error:
            raise ValueError(f"the pins {path} cannot be used: {error}") from error

    def certificate(self, zipped: bytes) -> str:
        """Why a downloaded certificate is not valid; '' when every link holds."""
        try:
            return _trouble(bundle.verify(archive.unpack(zipped), self._pins, self._verifier))
        except VerificationError as error:
            return f"{error.link}: {error.message}"

    def entry(self, receipt: bytes, proof: bytes) -> str:
        """Why a receipt's entry is not on the ledger as promised; '' when every link holds."""
        try:
            own = OwnEntry(canonical.decode(receipt), Anchor.parse(proof))
            return _trouble(own_entry.verify(own, self._pins, self._verifier))
        except VerificationError as error:
            return f"{error.link}: {error.message}"
        except ValueError as error:
            return f"form: the receipt: {error}"

    def _verifier(self, name: str, pins: Mapping[str, Json]) -> Verifier:
        return self._verifiers[name]


def _trouble(links: Iterable[Link]) -> str:
    return "; ".join(f"{link.name}: {link.detail}" for link in links if link.ok is not True)
