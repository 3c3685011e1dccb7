"""The whole story on real nodes: run, report, verify, tamper, audit."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.pilot.conftest import Run, pilot

LEDGERS = ("signed-db", "merkle-log", "cometbft", "evm", "evm-anchored")
pytestmark = pytest.mark.node


def test_every_ledger_is_measured_on_real_nodes(small_run: Run) -> None:
    summary = json.loads((small_run.path / "summary.json").read_text())
    assert set(summary["ledgers"]) == {"memory", *LEDGERS}
    for name, ledger in summary["ledgers"].items():
        assert ledger["status"] == "measured", (name, ledger)
        counts = ledger["counts"]
        assert counts["submitted"] == counts["accepted"] == counts["final"] > 0
        assert counts["failed"] == counts["lost"] == counts["duplicated"] == 0
    assert "anvil" in summary["ledgers"]["evm"]["evm"]


def test_the_verdict_and_the_reports_path_are_printed(small_run: Run) -> None:
    assert "report.vi.html" in small_run.ended.out
    for name in LEDGERS:
        assert name in small_run.ended.out
    for language in ("vi", "en"):
        page = (small_run.path / f"report.{language}.html").read_text()
        assert "anvil" in page
        assert f'lang="{language}"' in page


def test_every_attack_is_staged_on_every_ledger(small_run: Run) -> None:
    cells = json.loads((small_run.path / "risk.json").read_text())
    assert {cell["ledger"] for cell in cells} == {"memory", *LEDGERS}
    assert len(cells) == 6 * 3 * 2 * 3
    for cell in cells:
        assert cell["outcome"] != "not measured", (cell["ledger"], cell["threat"], cell["evidence"])


def test_times_go_from_due_to_provable(small_run: Run) -> None:
    for name in LEDGERS:
        rows = pq.read_table(small_run.path / "observations" / f"{name}.parquet").to_pylist()
        assert rows
        for row in rows:
            assert row["due"] <= row["sent"] + 0.001
            assert row["sent"] < row["accepted"]
            assert row["sent"] < row["final"] <= row["provable"]


def test_the_run_is_whole_and_its_files_have_the_manifests_digests(small_run: Run) -> None:
    manifest = json.loads((small_run.path / "manifest.json").read_text())
    assert manifest["complete"] is True
    assert {"raw.json", "risk.json", "protocol.md", "observations/evm.parquet"} <= set(manifest["files"])


def test_the_report_is_the_same_bytes_when_built_again(small_run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small_run.path, copy, ignore=shutil.ignore_patterns("ledgers"))
    for page in copy.glob("report.*.html"):
        page.unlink()
    ended = pilot("report", copy)
    assert ended.status == 0, ended.err
    for language in ("vi", "en"):
        name = f"report.{language}.html"
        assert (copy / name).read_bytes() == (small_run.path / name).read_bytes()


def test_another_run_never_writes_over_this_one(small_run: Run) -> None:
    before = sorted(path.name for path in small_run.path.iterdir())
    ended = pilot("run", "tests/pilot/small.toml", "--out", small_run.path)
    assert ended.status == 3
    assert "exists already" in ended.err
    assert sorted(path.name for path in small_run.path.iterdir()) == before


def test_an_audit_finds_every_acknowledged_opinion_once_from_each_ledger_alone(
    small_run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "audited"
    shutil.copytree(small_run.path, copy, symlinks=True)
    for store in copy.glob("ledgers/*/service"):
        shutil.rmtree(store)
    ended = pilot("audit", copy, "--json")
    assert ended.status == 0, ended.err + ended.out
    found = {item["ledger"]: item for item in json.loads(ended.out)}
    for name in LEDGERS:
        item = found[name]
        assert item["ok"] is True, item
        assert item["acknowledged"] == item["found"] > 0
        assert item["missing"] == item["duplicated"] == 0
    assert found["memory"]["ok"] is None


@pytest.mark.parametrize("name", LEDGERS)
def test_a_certificate_verifies_with_the_network_off(small_run: Run, name: str) -> None:
    folder = small_run.path / "certificates" / name
    ended = pilot(
        "verify", folder / "certificate.vc.json", "--pins", folder / "pins.json", "--lang", "en", offline=True
    )
    assert ended.status == 0, ended.err + ended.out
    assert "VALID" in ended.out
    if name.startswith("evm"):
        assert "operator only" in ended.out


@pytest.mark.parametrize("name", LEDGERS)
def test_the_signed_pdf_verifies_with_the_network_off(small_run: Run, name: str) -> None:
    folder = small_run.path / "certificates" / name
    pdf, pins = folder / "certificate.pdf", folder / "pins.json"
    ended = pilot("verify", pdf, "--pins", pins, "--json", offline=True)
    assert ended.status == 0, ended.err + ended.out
    said = json.loads(ended.out)
    assert said["verdict"] == "valid"
    assert [link["name"] for link in said["links"]][:2] == ["pdf-signature", "pdf-signer"]


@pytest.mark.parametrize("name", LEDGERS)
def test_the_publication_is_counted_again_by_its_own_script(small_run: Run, name: str) -> None:
    folder = small_run.path / "publication" / name
    argv = [sys.executable, "-I", str(folder / "recount.py"), str(folder)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "SAI" not in ended.stdout


@pytest.mark.parametrize("name", LEDGERS)
def test_without_pins_a_certificate_is_only_consistent(small_run: Run, name: str) -> None:
    folder = small_run.path / "certificates" / name
    ended = pilot("verify", folder, "--lang", "en")
    assert ended.status == 5
    assert "onsistent, issuer not pinned" in ended.out


@pytest.mark.parametrize("name", LEDGERS)
def test_a_certificate_is_refused_under_another_runs_pins(small_run: Run, name: str, tmp_path: Path) -> None:
    folder = small_run.path / "certificates" / name
    pins = json.loads((folder / "pins.json").read_text())
    method = next(iter(pins["issuers"]))
    pins["issuers"] = {method: "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"}
    (tmp_path / "pins.json").write_text(json.dumps(pins))
    ended = pilot("verify", folder, "--pins", tmp_path / "pins.json", "--json")
    assert ended.status == 5
    assert json.loads(ended.out)["broken"] == "credential-signature"


Change = Callable[[Path], None]


def _claim(folder: Path) -> None:
    path = folder / "certificate.vc.json"
    value = json.loads(path.read_text())
    value["credentialSubject"]["result"]["counted"] += 1
    path.write_text(json.dumps(value))


def _proof_hash(folder: Path) -> None:
    path = folder / "certificate.tlog-proof"
    lines = path.read_text().split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    path.write_text("\n".join(lines))


def _index(folder: Path) -> None:
    _anchor(folder, lambda value: value.update(index=value["index"] - 1))


def _root(folder: Path) -> None:
    _anchor(folder, lambda value: value["head"].update(root="00" * 32))


def _size(folder: Path) -> None:
    _anchor(folder, lambda value: value["head"].update(size=value["head"]["size"] + 1))


def _attestation(folder: Path) -> None:
    def cut(value: dict[str, dict[str, str]]) -> None:
        data = bytearray(base64.b64decode(value["head"]["attestation"]))
        data[len(data) // 2] ^= 1
        value["head"]["attestation"] = base64.b64encode(bytes(data)).decode()

    _anchor(folder, cut)


def _entry(folder: Path) -> None:
    def change(value: dict[str, str]) -> None:
        entry = base64.b64decode(value["entry"]).replace(b'"certificates":', b'"certificates":1')
        value["entry"] = base64.b64encode(entry).decode()

    _anchor(folder, change)


def _anchor(folder: Path, change: Callable[..., None]) -> None:
    path = folder / "anchor.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


CHANGES: tuple[tuple[Change, frozenset[str]], ...] = (
    (_claim, frozenset({"credential-signature"})),
    (_proof_hash, frozenset({"certificate-proof"})),
    (_entry, frozenset({"anchor"})),
    (_index, frozenset({"ledger-inclusion"})),
    (_root, frozenset({"ledger-head"})),
    (_size, frozenset({"ledger-head"})),
    (_attestation, frozenset({"ledger-head", "form"})),
)


@pytest.mark.parametrize("name", LEDGERS)
@pytest.mark.parametrize(("change", "links"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_a_changed_value_is_refused_and_the_broken_link_named(
    small_run: Run, name: str, change: Change, links: frozenset[str], tmp_path: Path
) -> None:
    folder = tmp_path / "certificate"
    shutil.copytree(small_run.path / "certificates" / name, folder)
    change(folder)
    ended = pilot("verify", folder, "--pins", folder / "pins.json", "--json")
    assert ended.status == 5, ended.out
    assert json.loads(ended.out)["broken"] in links
