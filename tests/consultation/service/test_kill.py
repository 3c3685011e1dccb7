"""A real `pilot serve` is killed between receipt and ledger: then every promised entry is there once."""

import http.client
import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nacl.signing import SigningKey

from backends import registry
from consultation.core import merkle, records, tally
from consultation.core import receipt as receipts
from consultation.core.events import Kind
from consultation.web.access import Role
from pilot import host, keys, scenario
from tests.consultation.service.rig import until
from tests.served import CONSULTATION, TOKENS, Served, served


def give(url: str, person: str, number: int, supersedes: str = "") -> dict[str, object] | None:
    """Post an opinion; None where no whole answer came. Anything but a receipt is an error."""
    body = {"participant": person, "provision": "dieu-1", "stance": "disagree", "supersedes": supersedes}
    headers = {
        "Authorization": f"Bearer {TOKENS[Role.CITIZEN]}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"{person}-{number}",
    }
    path = f"{url}/consultations/{CONSULTATION}/opinions"
    request = urllib.request.Request(path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, object] = json.load(answer)
            return found
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException):  # the second where it dies between headers and body
        return None


def entries(running: Served) -> list[bytes]:
    """What the ledger's own file holds, read by a deployment of this test and checked against the pins."""
    case = scenario.read(running.scenario)
    setting = host.setting(case, running.ledger, running.folder, keys.read(running.folder / "keys.json"))
    backend = registry.backend(running.ledger)
    deployment = backend.deploy(setting)
    try:
        ledger = deployment.connect()
        head = ledger.head()
        found = list(ledger.scan(0, head.size))
        backend.verifier(deployment.pins()).check_replay(found, head)
        ledger.close()
        return found
    finally:
        deployment.stop()


def check_each_once(running: Served, promised: list[dict[str, object]]) -> list[bytes]:
    found = entries(running)
    leaves = Counter(merkle.leaf_hash(entry).hex() for entry in found)
    for signed in promised:
        assert leaves[str(signed["leaf"])] == 1
    assert set(leaves.values()) == {1}
    tally.replay(found)
    return found


def test_a_kill_between_receipt_and_ledger_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    # A batcher that waits a minute before it hands over: whatever is taken is killed before the ledger.
    with served(tmp_path) as running:
        running.process.terminate(20)
        text = running.scenario.read_text()
        running.scenario.write_text(text.replace("[service]", "[service]\nbatch_age_s = 60.0"))
        running.start()
        promised = [give(running.url, f"p{n}", 0) for n in range(30)]
        second = give(running.url, "p0", 1, str((promised[0] or {})["opinion"]))
        kept = [signed for signed in [*promised, second] if signed is not None]
        assert len(kept) == 31
        running.process.kill()
        assert len(entries(running)) == 3, "the draft, its approval and the opening alone"

        running.scenario.write_text(text)
        running.start()
        assert [give(running.url, f"p{n}", 0) for n in range(30)] == promised, "the same receipts again"
        counts = json.loads(running.client.post(f"/consultations/{CONSULTATION}/close", Role.OFFICER))
        assert counts == {"received": 31, "counted": 30}
        running.process.terminate(20)
        check_each_once(running, kept)


def test_kills_at_any_moment_under_load_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as running:
        service_key = bytes(_service_key(running).verify_key).hex()
        promised: dict[str, dict[str, object]] = {}
        for round_number in range(3):
            url = running.url

            def work(worker: int, url: str = url, round_number: int = round_number) -> None:
                for number in range(10_000):
                    person = f"r{round_number}-w{worker}-{number}"
                    signed = give(url, person, 0)
                    if signed is None:
                        return  # killed
                    promised[person] = signed

            with ThreadPoolExecutor(8) as pool:
                before = len(promised)
                workers = [pool.submit(work, worker) for worker in range(8)]
                until(lambda before=before: len(promised) >= before + 60)  # type: ignore[misc]
                running.process.kill()
                for worker in workers:
                    worker.result(30)
            running.start()
        for person, signed in list(promised.items())[::7]:
            assert give(running.url, person, 0) == signed
            receipts.verify(signed, service_key)  # type: ignore[arg-type]  # JSON
        counts = json.loads(running.client.post(f"/consultations/{CONSULTATION}/close", Role.OFFICER))
        running.process.terminate(20)
        found = check_each_once(running, list(promised.values()))
        on_ledger = sum(records.parse(entry).kind is Kind.OPINION for entry in found)
        assert counts["received"] == on_ledger >= len(promised) >= 180


def _service_key(running: Served) -> SigningKey:
    return keys.read(running.folder / "keys.json").service
