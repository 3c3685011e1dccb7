"""`pilot verify`: a certificate, link by link, offline."""

import json
import os
from pathlib import Path

import platformdirs
from rich.console import Console

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core.bundle import ANCHOR_NAME, PROOF_NAME, VC_NAME, Anchor, Bundle, Link, Pins
from consultation.core.errors import VerificationError
from pilot.commands.vouchers import of_pins
from pilot.commands.words import LINKS, SAYINGS
from pilot.errors import Exit, InputError
from pilot.host import make_verifier

_MARKS = {True: ("✔", "green"), False: ("✘", "bold red"), None: ("?", "yellow")}


def run(file: Path, pins: Path | None, lang: str, out: Console, *, as_json: bool) -> int:
    """Returns 0 when every link holds, 5 otherwise. Raises InputError on files that cannot be read."""
    if lang not in SAYINGS:
        raise InputError(f"--lang is {' or '.join(SAYINGS)}, found {lang!r}")
    believed = _pins(pins)
    voucher = ""
    try:
        bundle = _bundle(file)
        links = list(bundles.verify(bundle, believed, make_verifier))
        voucher = _voucher(bundle, believed, lang)
    except VerificationError as error:
        links = [Link(error.link, False, error.message)]
    verdict = _verdict(links)
    if as_json:
        shown = [{"name": link.name, "ok": link.ok, "detail": link.detail} for link in links]
        broken = next((link.name for link in links if link.ok is False), None)
        value = {"verdict": verdict, "broken": broken, "vouched_by": voucher, "links": shown}
        out.print_json(json.dumps(value))
    else:
        _print(links, verdict, voucher, lang, out)
    return Exit.GOOD if verdict == "valid" else Exit.VERIFICATION


def _verdict(links: list[Link]) -> str:
    if any(link.ok is False for link in links):
        return "refused"
    return "valid" if all(link.ok for link in links) else "consistent"


def _print(links: list[Link], verdict: str, voucher: str, lang: str, out: Console) -> None:
    for link in links:
        mark, style = _MARKS[link.ok]
        name = LINKS[lang].get(link.name, link.name)
        out.print(f"{mark} {name}", style=style, markup=False, highlight=False, end="")
        out.print(
            f"  [{link.name}] {link.detail}", style="dim", markup=False, highlight=False, soft_wrap=True
        )
    broken = next((link.name for link in links if link.ok is False), "")
    text = SAYINGS[lang][verdict].format(broken=broken, voucher=voucher)
    style = {"valid": "bold green", "refused": "bold red", "consistent": "bold yellow"}[verdict]
    out.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def _voucher(bundle: Bundle, believed: Pins | None, lang: str) -> str:
    """Who vouches for the ledger's head, as its pins have it; empty where nothing is pinned."""
    ledger = Anchor.parse(bundle.anchor).ledger
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


def _bundle(file: Path) -> Bundle:
    """A folder, a zip, or one of the three files with the other two beside it."""
    try:
        if file.is_dir():
            return _beside(file)
        if file.name in (VC_NAME, PROOF_NAME, ANCHOR_NAME):
            return _beside(file.parent)
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error
    if data[:2] != b"PK":
        raise InputError(f"{file}: neither a zip nor {VC_NAME}, {PROOF_NAME} or {ANCHOR_NAME}")
    return archive.unpack(data)


def _beside(folder: Path) -> Bundle:
    return Bundle(*((folder / name).read_bytes() for name in (VC_NAME, PROOF_NAME, ANCHOR_NAME)))
