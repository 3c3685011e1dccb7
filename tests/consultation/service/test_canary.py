"""The canary: what is planted, then erased, is in no byte that service, ledger or node has left behind.

Before the erasure the same search finds what there is to be found, and mutants that delete without forgetting
are caught: a search that never finds proves nothing.
"""

import base64
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from consultation import archive
from consultation.core.drafts import Opinion, Outcome, Stance
from consultation.service import schema
from consultation.service.database import Disposal
from consultation.service.desk import Submission
from consultation.service.seal import Person
from consultation.service.table import Response
from tests.conformance.availability import unavailable
from tests.conformance.conftest import in_ci
from tests.consultation.service.conftest import QUICK
from tests.consultation.service.rig import NAME, WAIT_S, Rig

VICTIM = "canary-participant-7f3a"
WORDS = {
    "text": "canary-text-19c2 về phí chợ",
    "proposal": "canary-proposal-5e0d sửa thành",
    "reason": "canary-reason-8b41 vì",
}
LEDGERS = [
    "memory",
    "signed-db",
    pytest.param("merkle-log", marks=pytest.mark.node),
    pytest.param("cometbft", marks=[pytest.mark.node, pytest.mark.timeout(120)]),
    pytest.param("evm", marks=[pytest.mark.node, pytest.mark.timeout(120)]),
]
MUTANTS = {
    # VACUUM alone would make up for it: the two are belt and braces, and fail together.
    "without secure_delete": Disposal(secure_delete=False, vacuum=False),
    "without cutting the log": Disposal(truncate=False),
    "with none of it": Disposal(False, False, False),
}
Found = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Canary:
    """What is looked for, by name, in every form in which it may rest."""

    forms: Mapping[str, tuple[bytes, ...]]

    def found(self, folder: Path) -> Found:
        """Names of canaries to the files, of any kind, whose bytes hold them."""
        found: Found = {}
        for path in sorted(folder.rglob("*")):
            data = path.read_bytes() if path.is_file() else b""
            for name, forms in self.forms.items():
                if any(form in data for form in forms):
                    found.setdefault(name, set()).add(str(path.relative_to(folder)).removesuffix("-wal"))
        return found


def canary(person: Person, salts: Mapping[str, bytes]) -> Canary:
    texts = {name: of_text(text) for name, text in {"participant": VICTIM, **WORDS}.items()}
    return Canary(texts | {name: of_bytes(value) for name, value in {"key": person.key, **salts}.items()})


def of_text(text: str) -> tuple[bytes, ...]:
    """UTF-8, UTF-16 either way, and as JSON in ASCII writes it."""
    return text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), json.dumps(text)[1:-1].encode()


def of_bytes(value: bytes) -> tuple[bytes, ...]:
    """Raw, hex, and base64 in either alphabet at each of the three places where it may begin."""
    forms = [value, value.hex().encode(), value.hex().upper().encode()]
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + value)
        plain = whole[-(-8 * shift // 6) : 8 * (shift + len(value)) // 6]
        forms += [plain, plain.replace(b"+", b"-").replace(b"/", b"_")]
    return tuple(forms)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder with all that anything writes, and all that anything says, at any level, in a log there."""
    folder = tmp_path / "site"
    (folder / "exports").mkdir(parents=True)
    handler, root = logging.FileHandler(folder / "everything.log", encoding="utf-8"), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield folder
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


def over(ledger: str, folder: Path) -> Rig:
    """A service over a ledger, or a skip where its node cannot be had and this is not CI."""
    try:
        return Rig(folder, ledger, QUICK)
    except Exception as error:
        reason = unavailable(error)
        if reason is None or in_ci():
            raise
        pytest.skip(f"not measured: {reason}")


def plant(rig: Rig) -> Canary:
    """The victim speaks, amends and takes back, among others."""
    for number in range(30):
        rig.give(f"p{number}", text=f"Ý kiến thứ {number}. " * 30)
    said = Opinion(VICTIM, "dieu-1", Stance.DISAGREE, **WORDS)
    first = rig.desk.submit(Submission(NAME, said, "", "one")).result(WAIT_S)
    rig.desk.submit(Submission(NAME, said, first.opinion, "two")).result(WAIT_S)
    back = rig.give(VICTIM, "dieu-2", text=WORDS["text"])
    rig.take_back(VICTIM, back.opinion)
    for number in range(30, 60):
        rig.give(f"p{number}", text=f"Ý kiến thứ {number}. " * 30)
    rig.settled()
    person = rig.vault.person(NAME, VICTIM)
    assert person is not None
    kept = [one for one in rig.desk.reader.opinions(NAME) if one.opinion.participant == VICTIM]
    assert len(kept) == 3
    return canary(person, {f"salt {number}": one.salt for number, one in enumerate(kept)})


def publish(rig: Rig) -> None:
    rig.office.close(NAME)
    rig.office.reconcile(NAME, {})
    rig.office.summarise(NAME)
    rig.office.respond(NAME, [Response(Outcome.ACCEPTED)])
    rig.office.publish(NAME)
    rig.settled()


def export(rig: Rig, folder: Path) -> None:
    """What is handed out: the table, a certificate, and what became of each entry."""
    row = rig.store.row(schema.CONSULTATIONS, id=NAME) or {}
    (folder / "summary.json").write_text(str(row["responded"]), encoding="utf-8")
    (folder / "certificate.zip").write_bytes(archive.pack(rig.office.certificate(NAME, "p1")))
    (folder / "operations.json").write_text(json.dumps(rig.service.operations(NAME)), encoding="utf-8")


@pytest.mark.parametrize("ledger", LEDGERS)
def test_what_is_erased_is_in_no_byte_that_is_left(ledger: str, site: Path) -> None:
    rig = over(ledger, site)
    try:
        sought = plant(rig.opened())
        vault, keys = "service/vault.sqlite", "service/keys.sqlite"
        assert sought.found(site) == {"participant": {vault}, "key": {keys}}, "sealed, and each apart"
        publish(rig)
        export(rig, site / "exports")
        table = {"service/store.sqlite", "exports/summary.json"}
        public = dict.fromkeys(WORDS, table)
        assert sought.found(site) == {"participant": {vault}, "key": {keys}, **public}
        assert rig.service.erasure.erase(NAME, VICTIM).opinions == 3
        rig.settled()
        export(rig, site / "exports")
        assert sought.found(site) == {}, "while all runs"
    finally:
        rig.stop()
    assert sought.found(site) == {}, "and when all has ended"


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_file_that_deletes_without_forgetting_is_caught(mutant: str, site: Path) -> None:
    rig = Rig(site, "memory", QUICK, MUTANTS[mutant])
    try:
        sought = plant(rig.opened())
        rig.service.erasure.erase(NAME, VICTIM)
        rig.settled()
        found = sought.found(site)
    finally:
        rig.stop()
    assert found["key"] == {"service/keys.sqlite"}
    assert "participant" in found


def test_a_failing_file_puts_no_name_no_word_and_no_key_in_the_log(site: Path) -> None:
    rig = Rig(site, "memory", QUICK)
    try:
        rig.opened()
        with rig.vault.identities.begin() as connection:
            connection.exec_driver_sql("DROP TABLE persons")
        said = Opinion(VICTIM, "dieu-1", Stance.DISAGREE, **WORDS)
        failed = rig.desk.submit(Submission(NAME, said, "", "one")).exception(WAIT_S)
        assert "the store did not confirm" in str(failed)
    finally:
        rig.stop()
    log = (site / "everything.log").read_text(encoding="utf-8")
    assert "no such table: persons" in log, "it is the failure that this is about"
    for word in (VICTIM, *WORDS.values()):
        assert word not in log
    assert "parameters hidden" in log


def test_the_search_finds_each_form_in_which_it_looks() -> None:
    value = bytes(range(200, 232))
    for shift in range(6):
        assert any(form in base64.b64encode(bytes(shift) + value + b"more") for form in of_bytes(value))
        assert any(form in base64.urlsafe_b64encode(bytes(shift) + value) for form in of_bytes(value))
    assert any(form in b"x" + value.hex().encode() for form in of_bytes(value))
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        assert any(form in WORDS["text"].encode(encoding) for form in of_text(WORDS["text"]))
    assert any(form in json.dumps(WORDS["text"]).encode() for form in of_text(WORDS["text"]))
