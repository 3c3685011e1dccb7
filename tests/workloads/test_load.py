"""What Locust's users stand on, without Locust: raw observations, and checking against pins."""

import json
import re
from pathlib import Path

import pytest

from consultation import archive
from consultation.core.bundle import NAMES, Bundle
from workloads.load.checking import Checker
from workloads.load.observed import Observations, of_worker

SAMPLE = Path(__file__).parents[2] / "docs" / "how-to" / "sample-certificate" / "ed25519"
CALLER = Path(__file__).parents[2] / "workloads" / "load" / "caller.py"


def certificate() -> Bundle:
    return Bundle(*((SAMPLE / name).read_bytes() for name in NAMES))


def test_a_certificate_is_checked_against_the_pins_and_the_broken_link_is_named() -> None:
    checker = Checker.of_file(SAMPLE / "pins.json")
    good = certificate()
    assert checker.certificate(archive.pack(good)) == ""
    changed = good.credential.replace(b"2026", b"2025", 1)
    bad = Bundle(changed, good.proof, good.anchor, good.status)
    assert bad != good
    assert checker.certificate(archive.pack(bad)) != ""
    assert checker.certificate(b"no zip").startswith("form: ")
    assert checker.entry(b"{}", b"{}").startswith("form: ")
    assert checker.entry(b"no JSON", good.anchor).startswith("form: the receipt: ")
    assert checker.entry(b"{}", good.anchor).startswith("receipt: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the pins"),
        ("{}", "cannot be used: pins are an object with v = 1"),
        ('{"v":1,"issuers":{},"ledgers":{"merkel-log":{}}}', "did you mean 'merkle-log'"),
    ],
)
def test_pins_that_are_of_no_use_are_refused_before_the_load(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "pins.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Checker.of_file(path)


def test_observations_are_on_disk_line_by_line_and_another_run_adds_to_them(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    first = Observations(path, "w1")
    first.keep({"kind": "gửi", "answered": None})
    assert json.loads(path.read_text(encoding="utf-8")) == {"worker": "w1", "kind": "gửi", "answered": None}
    first.close()
    second = Observations(path, "w2")
    second.keep({"kind": "submit"})
    second.close()
    assert [json.loads(line)["worker"] for line in path.read_text().splitlines()] == ["w1", "w2"]


def test_each_worker_has_a_file_of_its_own() -> None:
    assert of_worker(Path("a/seen.jsonl"), "0f") == Path("a/seen.0f.jsonl")


def test_the_how_to_names_every_key_of_an_observation(tmp_path: Path) -> None:
    page = (SAMPLE.parents[1] / "serve-and-load-with-locust.md").read_text(encoding="utf-8")
    table = page.split("| key | holds |")[1].split("\n\n")[0]
    listed = re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in table.splitlines()[2:]))
    written = re.findall(r'^            "(\w+)": ', CALLER.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(["worker", *written])
