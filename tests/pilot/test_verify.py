"""`pilot verify`: what it takes, what it prints in either language, and with which status it ends."""

import io
import json
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from rich.console import Console

from consultation import archive
from consultation.core import canonical
from consultation.core.bundle import NAMES, Bundle, Pins
from pilot.commands import verify, words
from pilot.errors import InputError
from tests.consultation.core.bundles import CREATED, LATER, Published, Signers, edited, publish, snapshot


@dataclass(frozen=True, slots=True)
class Said:
    """What one verification printed, and its status."""

    status: int
    text: str


@pytest.fixture(scope="module", params=[False, True], ids=["ed25519", "p256"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Published:
    profile: bool = request.param
    return publish(tmp_path_factory.mktemp("published"), Signers(10), p256=profile)


@pytest.fixture
def pins(published: Published, tmp_path: Path) -> Path:
    path = tmp_path / "pins.json"
    path.write_bytes(canonical.encode(published.pins.to_json()))
    return path


def spread(bundle: Bundle, folder: Path) -> Path:
    folder.mkdir()
    for name, part in bundle.parts().items():
        (folder / name).write_bytes(part)
    return folder


def run(file: Path, pins: Path, lang: str = "en", *, as_json: bool = False) -> Said:
    written = io.StringIO()
    out = Console(file=written, width=200, no_color=True)
    status = verify.run(file, pins, lang, out, as_json=as_json)
    return Said(status, written.getvalue())


def test_it_takes_the_zip_the_folder_and_each_of_the_four_files(
    published: Published, pins: Path, tmp_path: Path
) -> None:
    bundle = published.bundles[0]
    zipped = tmp_path / "giay.zip"
    zipped.write_bytes(archive.pack(bundle))
    folder = spread(bundle, tmp_path / "folder")
    for file in (zipped, folder, *(folder / name for name in NAMES)):
        said = run(file, pins)
        assert said.status == 0, said.text
        assert (
            f"VALID, not revoked as of {CREATED}. Who vouches for the ledger: the operator only" in said.text
        )


@pytest.mark.parametrize("lang", words.LINKS)
def test_each_link_is_printed_in_order_in_either_language(
    published: Published, pins: Path, tmp_path: Path, lang: str
) -> None:
    folder = spread(published.bundles[0], tmp_path / "folder")
    lines = run(folder, pins, lang).text.splitlines()
    names = [name for name in words.LINKS[lang] if not name.startswith("pdf")]
    marks = {line.partition("  [")[2].partition("]")[0]: line for line in lines[:-1]}
    shown = [name for name in names if name in marks]
    assert list(marks) == shown
    assert len(shown) == 11
    assert all(marks[name].startswith(f"✔ {words.LINKS[lang][name]}  [{name}]") for name in shown)
    assert lines[-1].startswith({"vi": "HỢP LỆ", "en": "VALID"}[lang])


@pytest.mark.parametrize("lang", words.LINKS)
def test_a_revoked_certificate_ends_with_status_5_the_link_and_what_to_do(
    published: Published, pins: Path, tmp_path: Path, lang: str
) -> None:
    bundle = replace(published.bundles[2], status=snapshot(published, [2]))
    folder = spread(bundle, tmp_path / "folder")
    said = run(folder, pins, lang)
    assert said.status == 5
    lines = said.text.splitlines()
    assert lines[-3].startswith(
        f"✘ {words.LINKS[lang]['status']}  [status] revoked or superseded, as of {LATER}"
    )
    assert lines[-2].strip() == words.REMEDIES[lang]["status"]
    assert "'status'" in lines[-1]
    found = json.loads(run(folder, pins, as_json=True).text)
    assert (found["verdict"], found["broken"], found["as_of"]) == ("refused", "status", LATER)
    assert [link["ok"] for link in found["links"]] == [True] * 5 + [False]


def test_json_has_every_link_and_no_broken_one(published: Published, pins: Path, tmp_path: Path) -> None:
    folder = spread(published.bundles[0], tmp_path / "folder")
    found = json.loads(run(folder, pins, as_json=True).text)
    assert list(found) == ["verdict", "broken", "as_of", "vouched_by", "links"]
    assert (found["verdict"], found["broken"], found["as_of"]) == ("valid", None, CREATED)
    assert all(link["ok"] for link in found["links"])


def test_pins_without_the_ledger_or_the_units_key_refuse(
    published: Published, pins: Path, tmp_path: Path
) -> None:
    folder = spread(published.bundles[0], tmp_path / "folder")
    empty = Pins({}, published.pins.ledgers)
    for other, link in ((empty, "issuer"), (replace(published.pins, ledgers={}), "ledger-pins")):
        pins.write_bytes(canonical.encode(other.to_json()))
        said = run(folder, pins)
        assert said.status == 5
        assert f"REFUSED: the broken link is '{link}'." in said.text


def test_a_broken_part_names_form_and_a_missing_one_the_file(
    published: Published, pins: Path, tmp_path: Path
) -> None:
    bundle = published.bundles[0]
    folder = spread(replace(bundle, status=b"{"), tmp_path / "folder")
    said = run(folder, pins, as_json=True)
    assert (said.status, json.loads(said.text)["broken"]) == (5, "form")
    (folder / "status.vc.json").unlink()
    with pytest.raises(InputError, match=r"status\.vc\.json: cannot be read"):
        run(folder, pins)


def test_a_certificate_cannot_draw_on_the_terminal(published: Published, pins: Path, tmp_path: Path) -> None:
    """A line feed, an escape sequence and a turn of direction, where a text of the certificate is shown."""
    evil = "did:web:don-vi.example#\n\x1b[2K✔ VALID\u202e"
    bundle = published.bundles[0]
    forged = replace(bundle, credential=edited(bundle.credential, (("proof", "verificationMethod"), evil)))
    said = run(spread(forged, tmp_path / "folder"), pins)
    assert said.status == 5
    assert not {"\x1b", "\u202e"} & set(said.text)
    assert len(said.text.splitlines()) == 4, "two links, what to do, and the verdict"
    assert "\\u000a\\u001b[2K" in said.text


def test_every_link_that_can_break_has_a_sentence_in_both_languages() -> None:
    for texts in (words.LINKS, words.REMEDIES):
        assert list(texts["vi"]) == list(texts["en"])
    assert set(words.REMEDIES["vi"]) == set(words.LINKS["vi"])
    assert list(words.SAYINGS["vi"]) == list(words.SAYINGS["en"])


def test_a_pdf_that_is_none_is_refused_or_this_installation_says_that_it_reads_none(
    published: Published, pins: Path, tmp_path: Path
) -> None:
    file = tmp_path / "giay.pdf"
    file.write_bytes(b"%PDF-1.7\nnothing")
    if find_spec("consultation.pdf") is None:
        with pytest.raises(InputError, match="take the zip instead"):
            run(file, pins)
        return
    said = run(file, pins, as_json=True)
    assert said.status == 5
    assert json.loads(said.text)["broken"] in ("form", "pdf", "pdf-signature")


def test_a_language_or_pins_that_are_none_are_refused(
    published: Published, pins: Path, tmp_path: Path
) -> None:
    folder = spread(published.bundles[0], tmp_path / "folder")
    with pytest.raises(InputError, match="--lang is vi or en"):
        run(folder, pins, "fr")
    key = ("issuers", published.issuer.method)
    pins.write_bytes(edited(pins.read_bytes(), (key, "z6Mk")))
    with pytest.raises(InputError, match=r"not a file of pins: did:web:don-vi.example#key-1: "):
        run(folder, pins)
