"""The same question to both verifiers: the core's in Python, and the page's script."""

from dataclasses import dataclass

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core import canonical
from consultation.core.bundle import Pins
from consultation.core.errors import VerificationError
from pilot.host import make_verifier
from tests.consultation.web.verifier.page_script import PageScript, Told

Links = tuple[tuple[str, bool | None], ...]


def to_text(pins: Pins | None) -> bytes | None:
    return None if pins is None else canonical.encode(pins.to_json())


def ask_core(file: bytes, pins: Pins | None) -> Links:
    """What the core says of a zip."""
    try:
        links = list(bundles.verify(archive.unpack(file), pins, make_verifier))
    except VerificationError as error:
        return ((error.link, False),)
    return tuple((link.name, link.ok) for link in links)


@dataclass(frozen=True, slots=True)
class Both:
    """What both say of one file."""

    core: Links
    page: Told

    def agree(self) -> str | None:
        """The link that both name as broken, None where both accept; fails where they differ."""
        assert self.page.links == self.core, self.page.detail
        return self.page.broken


def ask_both(script: PageScript, file: bytes, pins: Pins | None) -> Both:
    return Both(ask_core(file, pins), script.verify(file, to_text(pins)))
