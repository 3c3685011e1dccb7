"""`pilot verify`: a certificate, link by link, offline."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from rich.console import Console

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core import own_entry
from consultation.core.bundle import NAMES, Anchor, Bundle, Link, Pins
from consultation.core.errors import VerificationError
from consultation.core.own_entry import OwnEntry
from pilot.commands.vouchers import of_pins
from pilot.commands.words import LINKS, REMEDIES, SAYINGS
from pilot.errors import Exit, InputError
from pilot.host import make_verifier

_MARKS = {True: ("✔", "green"), False: ("✘", "bold red"), None: ("?", "yellow")}


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows: a bundle, and the PDF around it where it came in one."""

    bundle: Bundle
    pdf: bytes = b""


def run(file: Path, pins: Path | None, lang: str, out: Console, *, as_json: bool) -> int:
    """Returns 0 when every link holds, 5 otherwise. Raises InputError on files that cannot be read."""
    if lang not in SAYINGS:
        raise InputError(f"--lang is {' or '.join(SAYINGS)}, found {lang!r}")
    believed = _pins(pins)
    voucher = as_of = ""
    try:
        shown = _shown(file)
        if isinstance(shown, OwnEntry):
            links = list(own_entry.verify(shown, believed, make_verifier))
            voucher = _voucher(shown.anchor.ledger, believed, lang)
        else:
            links = [*_of_pdf(shown.pdf, believed)]
            if all(link.ok is not False for link in links):
                links += bundles.verify(shown.bundle, believed, make_verifier)
            ledger = Anchor.parse(shown.bundle.anchor).ledger
            voucher, as_of = _voucher(ledger, believed, lang), shown.bundle.as_of()
    except VerificationError as error:
        links = [Link(error.link, False, error.message)]
    verdict = _verdict(links)
    if as_json:
        rows = [{"name": link.name, "ok": link.ok, "detail": link.detail} for link in links]
        broken = next((link.name for link in links if link.ok is False), None)
        value = {"verdict": verdict, "broken": broken, "as_of": as_of, "vouched_by": voucher, "links": rows}
        out.print_json(json.dumps(value))
    else:
        _print(links, verdict, voucher, as_of, lang, out)
    return Exit.GOOD if verdict == "valid" else Exit.VERIFICATION


def _verdict(links: Sequence[Link]) -> str:
    if any(link.ok is False for link in links):
        return "refused"
    return "valid" if all(link.ok for link in links) else "consistent"


def _print(links: Sequence[Link], verdict: str, voucher: str, as_of: str, lang: str, out: Console) -> None:
    for link in links:
        mark, style = _MARKS[link.ok]
        name = LINKS[lang].get(link.name, link.name)
        out.print(f"{mark} {name}", style=style, markup=False, highlight=False, end="")
        out.print(
            f"  [{link.name}] {_harmless(link.detail)}",
            style="dim",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        if link.ok is False and link.name in REMEDIES[lang]:
            out.print(f"  {REMEDIES[lang][link.name]}", markup=False, highlight=False, soft_wrap=True)
    broken = next((link.name for link in links if link.ok is False), "")
    unknown = ", ".join(link.name for link in links if link.ok is None)
    text = SAYINGS[lang][_saying(links, verdict)]
    style = {"valid": "bold green", "refused": "bold red", "consistent": "bold yellow"}[verdict]
    told = text.format(broken=broken, voucher=voucher, as_of=as_of, unknown=unknown)
    out.print(_harmless(told), style=style, markup=False, highlight=False, soft_wrap=True)


def _harmless(text: str) -> str:
    """One line without control, format or direction characters: no certificate draws on the terminal."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _saying(links: Sequence[Link], verdict: str) -> str:
    """Where the issuer is pinned and something else is not, the sentence names what."""
    pinned = any(link.name == "issuer" and link.ok for link in links)
    if verdict == "valid" and links[0].name == "receipt":
        return "entered"
    return "partial" if verdict == "consistent" and pinned else verdict


def _voucher(ledger: str, believed: Pins | None, lang: str) -> str:
    """Who vouches for the ledger's head, as its pins have it; empty where nothing is pinned."""
    pinned = believed.ledgers.get(ledger) if believed else None
    return f"{of_pins(pinned, lang)} ({ledger})" if pinned else ""


def _pins(path: Path | None) -> Pins | None:
    """The given pins, else the user's own, else none."""
    chosen = path
    if chosen is None:
        own = Path(
            os.environ.get("PILOT_PINS")
            or Path(platformdirs.user_config_dir("consultation-pilot")) / "pins.json"
        )
        chosen = own if own.exists() else None
    if chosen is None:
        return None
    try:
        return Pins.parse(chosen.read_bytes())
    except OSError as error:
        raise InputError(f"{chosen}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{chosen}: not a file of pins: {error}") from error


def _shown(file: Path) -> Shown | OwnEntry:
    """A folder, a zip, a PDF, one of the four files beside the others, or a receipt with its proof."""
    try:
        if file.is_dir():
            return Shown(_beside(file))
        if file.name in NAMES:
            return Shown(_beside(file.parent))
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error
    if data[:5] == b"%PDF-":
        from consultation.pdf.reading import extract  # slow to import, and needed for a PDF alone

        return Shown(archive.unpack(extract(data)), data)
    if data[:1] == b"{":
        return OwnEntry.parse(data)
    if data[:2] != b"PK":
        names = ", ".join(NAMES)
        raise InputError(f"{file}: neither a zip nor a PDF, a receipt with its proof, or one of {names}")
    return Shown(archive.unpack(data))


def _beside(folder: Path) -> Bundle:
    return Bundle(*((folder / name).read_bytes() for name in NAMES))


def _of_pdf(data: bytes, believed: Pins | None) -> Sequence[Link]:
    """The links of the PDF's own signature; none where no PDF was shown."""
    if not data:
        return ()
    from consultation.pdf.checking import check_signature

    return check_signature(data, believed.roots if believed else ())
